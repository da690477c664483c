-- Counters in time buckets, and what nobody understood.

create table rate (
	dimension integer not null,
	bucket    integer not null, -- its beginning, seconds
	value     text    not null,
	what      text    not null, -- kind/reason
	n         integer not null,
	primary key (dimension, bucket, value, what)
) strict, without rowid;

create table attempts (
	id   text primary key,
	time integer not null -- seconds
) strict, without rowid;

create table unknown (
	text    text primary key,
	example text    not null,
	event   text    not null,
	host    text    not null,
	n       integer not null,
	first   integer not null,
	last    integer not null
) strict, without rowid;
