-- record_seal: gives these events the next places in the tree and keeps the checkpoint over all of them, in one transaction. An empty
-- list of events is never sealed.
-- Writes: leaf, seal. Raises: RC409 when the tree is not of the size the caller built on: another sealer was faster.
create or replace function reclaim.record_seal(p_audit_ids bigint[], p_built_on bigint, p_root_hash bytea, p_frontier bytea,
    p_settled_id bigint, p_checkpoint text)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(hashtext('reclaim record_seal'));
    if p_built_on <> coalesce((select max(tree_size) from reclaim.seal), 0) then
        raise exception 'the log is not sealed up to % any more: another sealer is at work', p_built_on using errcode = 'RC409';
    end if;
    insert into reclaim.leaf (leaf_index, audit_id)
    select p_built_on + n - 1, id from unnest(p_audit_ids) with ordinality as e (id, n);
    insert into reclaim.seal (tree_size, root_hash, frontier, settled_id, checkpoint, sealed_at)
    values (p_built_on + cardinality(p_audit_ids), p_root_hash, p_frontier, p_settled_id, p_checkpoint, reclaim.clock());
end;
$$;
comment on function reclaim.record_seal is 'Seals events: their places in the tree and the signed checkpoint. For the sealer.';
