-- Events: what decisions made happen, each written in the transaction of its decision once somebody has asked for them. Software that does not
-- know of them would decide without, and without the lock by which readers know that an event may still come.
create table snapshot_tasks.events (
    -- Without a cache: a number that a session kept for later would lie below its lock.
    number bigint generated always as identity (cache 1) primary key,
    task bigint not null,
    version bigint not null,
    what text not null,
    at timestamptz not null,
    attempt integer not null,
    holder text,
    who text,
    why text,
    unique (task, version)
);

-- One row: whether events are kept, and the highest number that was removed.
create table snapshot_tasks.kept_events (
    one boolean primary key check (one),
    kept boolean not null,
    removed_up_to bigint not null
);

insert into snapshot_tasks.kept_events (one, kept, removed_up_to) values (true, false, 0);

insert into snapshot_tasks.schema_versions (version, oldest_software) values (6, 6);
