-- confirmation_body: the JSON the requester is told, rendered in the transaction that makes it true. Here and not in C++,
-- because a person's cancel() in psql owes the requester an answer too. Inlinable (no SET, no SECURITY DEFINER): as a call of
-- its own it would be planned anew for every row.
create or replace function reclaim.confirmation_body(a reclaim.approval, p_type text, p_outcome text, p_reason text,
    p_ticket json, p_at timestamptz)
returns text
language sql stable
as $$
    select json_build_object(
        'type', p_type,
        'timestamp', reclaim.iso(p_at),
        'data', json_build_object(
            'approval_id', (a).approval_ref, 'job_id', (a).id, 'app', (a).app, 'seat', (a).seat, 'subject', (a).subject,
            'approver', (a).approver, 'outcome', p_outcome, 'reason', p_reason, 'ticket', p_ticket))::text
$$;
comment on function reclaim.confirmation_body is 'The JSON a requester is told.';
