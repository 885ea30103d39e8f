-- What a cancellation of many was asked for, by its hash: a key that is sent with something else is found out. Software that does not know it leaves it out.
alter table snapshot_tasks.cancellations add column asked text;

insert into snapshot_tasks.schema_versions (version, oldest_software) values (5, 4);
