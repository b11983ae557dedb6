-- Commitments: how the log speaks of people without naming them. For each field a letter and SHA-256(salt || value), the salt 16
-- random bytes of its own that are kept with the value, outside the log, and erased with it: what is left fits any name.
--   b the signed body   s seat   u subject   a approver   r requester   p the person who acted   w free words
-- 122 of the 128 bits of a version 4 UUID are random: enough that nobody finds a salt, or with it a guessed name, by trying.

-- new_salts: for each field that has a value its letter and a fresh salt, one after the other.
create or replace function reclaim.new_salts(p_fields text, p_values bytea[]) returns bytea
language sql volatile set search_path = pg_catalog, pg_temp
as $$
    select coalesce(string_agg(convert_to(substr(p_fields, n::int, 1), 'UTF8') || uuid_send(gen_random_uuid()), ''::bytea order by n), '')
    from unnest(p_values) with ordinality as v (value, n) where value is not null
$$;
comment on function reclaim.new_salts is 'Fresh salts for the fields that have a value.';

-- salt_of: the salt of one field; null when there is none (any more).
create or replace function reclaim.salt_of(p_salts bytea, p_field text) returns bytea
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select substr(p_salts, n * 17 + 2, 16) from generate_series(0, length(p_salts) / 17 - 1) as n
    where get_byte(p_salts, n * 17) = ascii(p_field)
$$;
comment on function reclaim.salt_of(bytea, text) is
    'The salt of one field: sha256(reclaim.salt_of(salts, ''u'') || subject) is what the log commits to. Fields: b s u a r p w.';

-- without_salts: what is left when these fields are erased.
create or replace function reclaim.without_salts(p_salts bytea, p_fields text) returns bytea
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select coalesce(string_agg(substr(p_salts, n * 17 + 1, 17), ''::bytea order by n), '')
    from generate_series(0, length(p_salts) / 17 - 1) as n
    where position(chr(get_byte(p_salts, n * 17)) in p_fields) = 0
$$;
comment on function reclaim.without_salts is 'Salts without those of some fields: what is left after an erasure.';

-- commit_to: the commitments to these values under these salts, in the order of p_fields; a value that is null has none.
create or replace function reclaim.commit_to(p_salts bytea, p_fields text, p_values bytea[]) returns bytea
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select coalesce(string_agg(convert_to(substr(p_fields, n::int, 1), 'UTF8')
        || sha256(reclaim.salt_of(p_salts, substr(p_fields, n::int, 1)) || value), ''::bytea order by n), '')
    from unnest(p_values) with ordinality as v (value, n) where value is not null
$$;
comment on function reclaim.commit_to is 'Commitments to values under salts: what the log holds in place of names.';

-- personal_values: what the event received commits to, in the order of the letters 'suarb'.
create or replace function reclaim.personal_values(p_seat text, p_subject text, p_approver text, p_requester text, p_body bytea)
returns bytea[]
language sql stable
as $$ select array[convert_to(p_seat, 'UTF8'), convert_to(p_subject, 'UTF8'), convert_to(p_approver, 'UTF8'),
    convert_to(p_requester, 'UTF8'), p_body] $$;
comment on function reclaim.personal_values is 'What the event received commits to, in the order of its letters.';
