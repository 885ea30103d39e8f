-- What a cancellation of many was asked for, by its hash: a key that is sent with something else is found out. Software that does not know it leaves it out.
alter table snapshot_tasks_cancellations add column asked text;

insert into snapshot_tasks_versions (version, oldest_software) values (5, 4);
