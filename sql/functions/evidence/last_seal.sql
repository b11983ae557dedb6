-- last_seal: where the sealed log ends; no row when nothing is sealed yet. With p_tree_size the seal of just that size.
create or replace function reclaim.last_seal(p_tree_size bigint default null)
returns table (tree_size bigint, root_hash text, frontier text, settled_id bigint, checkpoint text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.tree_size, encode(s.root_hash, 'hex'), encode(s.frontier, 'hex'), s.settled_id, s.checkpoint
    from reclaim.seal s where p_tree_size is null or s.tree_size = p_tree_size order by s.tree_size desc limit 1
$$;
comment on function reclaim.last_seal is 'The newest seal, or the one of a tree size. For the sealer.';

-- seals_after: the checkpoints of greater trees than this, in order, at most p_max; a sealer's file catches up with them.
create or replace function reclaim.seals_after(p_tree_size bigint, p_max int) returns table (tree_size bigint, checkpoint text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.tree_size, s.checkpoint from reclaim.seal s where s.tree_size > p_tree_size order by s.tree_size limit p_max
$$;
comment on function reclaim.seals_after is 'Checkpoints from a tree size on. For the sealer.';
