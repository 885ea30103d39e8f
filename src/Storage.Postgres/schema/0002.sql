-- The oldest software that may go on beside a version, by how many scripts it knows: batches read it, and an older host stops.
-- A script that only adds leaves the number. Version 0.1 does not look: its hosts are stopped first.
alter table snapshot_tasks.schema_versions add column oldest_software integer not null default 1;
alter table snapshot_tasks.schema_versions alter column oldest_software drop default;

insert into snapshot_tasks.schema_versions (version, oldest_software) values (2, 2);
