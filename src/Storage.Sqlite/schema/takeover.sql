-- Takes the place of the first script in a file of version 0.1. SQLite carries the highest id ever given over to the new name.
create table snapshot_tasks_versions (
    version integer primary key,
    oldest_software integer not null
) strict;

alter table tasks rename to snapshot_tasks;
drop index tasks_newest;
drop index tasks_newest_by_state;
drop index tasks_queued;
drop index tasks_leased;
drop index if exists tasks_by_key;

insert into snapshot_tasks_versions (version, oldest_software) values (1, 1);
