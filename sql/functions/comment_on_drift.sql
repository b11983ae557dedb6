-- comment_on_drift: puts a comment on the tickets of these removals (locked by the caller), whose seats are held again, once: the drift that
-- it tells ends the looks. It goes through the outbox as every message does; a job that has ended comes back for it, as deliver. Frozen here
-- and naming nobody. A removal without a ticket gets none. The id is ours, as the ticket's is, so that a repeat is refused by Linear.
create or replace function reclaim.comment_on_drift(p_jobs bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_ticket reclaim.outbox;
    v_id uuid;
begin
    for v_ticket in
        select * from reclaim.outbox where job_id = any (p_jobs) and topic = 'ticket' and state <> 'undeliverable'
    loop
        v_id := gen_random_uuid();
        insert into reclaim.outbox (message_id, job_id, topic, body, due_at, created_at)
        values (v_id, v_ticket.job_id, 'comment', json_build_object('id', v_id, 'issueId', v_ticket.message_id, 'body',
            format('**Access is back.** A look at %s UTC showed that this seat is held again, and it was not given back through Reclaim. '
                'Find out who gave it back and why. Nothing is removed again without a new approval.',
                to_char(v_now at time zone 'UTC', 'YYYY-MM-DD HH24:MI')))::text, v_now, v_now);
        with ended as (
            delete from reclaim.job_done where id = v_ticket.job_id returning *
        )
        insert into reclaim.job (id, kind, state, visible_at, fence, attempts, crashes, event_seq, effect_possible, outcome, reason, created_at)
        select id, kind, 'deliver', v_now, fence + 1, attempts, 0, event_seq, effect_possible, outcome, reason, created_at from ended;
        -- One that has not ended yet may be waiting for something later.
        update reclaim.job set visible_at = v_now where id = v_ticket.job_id and claim_token is null and visible_at > v_now;
    end loop;
end;
$$;
comment on function reclaim.comment_on_drift is 'Puts a comment on the tickets of removals whose seats are held again; part of record_looks.';
