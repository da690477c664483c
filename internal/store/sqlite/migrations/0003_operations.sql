-- What the server keeps beside what it remembers.

create table request (
	key         text primary key,
	fingerprint blob    not null,
	began       integer not null,
	done        integer not null,
	status      integer not null,
	type        text    not null,
	body        blob    not null
) strict, without rowid;
create index request_began on request (began);

create table token (
	id      text primary key,
	name    text    not null,
	scopes  text    not null,
	hash    blob    not null,
	created integer not null,
	expires integer not null,
	revoked integer not null,
	used    integer not null
) strict, without rowid;

create table outgoing (
	n       integer primary key autoincrement,
	id      text    not null unique,
	target  text    not null,
	kind    text    not null,
	body    blob    not null,
	created integer not null,
	tries   integer not null,
	tried   integer not null, -- when it was last claimed or tried
	next    integer not null,
	error   text    not null,
	dead    integer not null
) strict;
create index outgoing_due on outgoing (dead, next);

create table alert (
	n       integer primary key autoincrement,
	kind    text    not null,
	subject text    not null,
	level   text    not null,
	text    text    not null,
	value   real    not null,
	began   integer not null,
	changed integer not null,
	ended   integer not null
) strict;
create index alert_open on alert (ended, kind, subject);
