-- The eight jobs that the examples of docs/OPERATIONS.md and docs/AUDITORS.md speak of.
\ir ../db/support/setup.sql
\o /dev/null

select t.approve('apr-1001', 'ada@example.com');  -- 1: removed, ticket open, requester told
select t.claim();
select t.begin(1), t.remove(1), t.open_ticket(1), t.confirm(1);

select t.approve('apr-1002', 'edsger@example.com');  -- 2: failed
select t.claim();
select t.begin(2), t.setback(2, 'refused'), t.confirm(2);

select t.approve('apr-1003', 'barbara@example.com');  -- 3: held, because a group grants the seat
select t.claim();
select t.begin(3), t.setback(3, 'still_present'), t.claim(), t.confirm(3);

-- 4, 5 and 6 wait for a gate
select reclaim.close_gate('app:slack', 'the workspace is being migrated');
select t.approve('apr-100' || n, seat, p_app => 'slack')
from (values (4, 'grace@example.com'), (5, 'alan@example.com'), (6, 'kay@example.com')) as jobs (n, seat) order by n;
select t.claim();
select reclaim.hand_back(array_agg(id), array_agg(fence), array_agg(claim_token), array_agg(null::interval), array_agg('app:slack'::text))
from reclaim.job where id in (4, 5, 6);

select t.approve('apr-1007', 'hopper@example.com');  -- 7: its removal has begun
select t.claim();
select t.begin(7);

select t.approve('apr-1008', 'radia@example.com');  -- 8: removed, and given back by an example
select t.claim();
select t.begin(8), t.remove(8), t.open_ticket(8), t.confirm(8);
\o
