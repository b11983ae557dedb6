-- What a peer keeps beside its queue: what detection says of each seat, and its record of removals.
create table seat (
    app text,
    seat text,
    subject text not null,
    state text not null,
    flag_epoch bigint not null,
    primary key (app, seat)
);
create table audit (
    id bigint generated always as identity primary key,
    approval_id text not null,
    event text not null,
    app text not null,
    seat text not null,
    subject text,
    approver text,
    requester text,
    detail json,
    at timestamptz not null default clock_timestamp(),
    unique (approval_id, event)
);
