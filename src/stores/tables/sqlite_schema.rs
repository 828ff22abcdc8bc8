//! The tables of the register in a SQLite file, and the changes that the file refuses to everybody.
//!
//! The file keeps these promises, not the program, so they also bind a person with a database browser. Accounts,
//! courses and forms are never deleted (R38, R39), even by `INSERT OR REPLACE`. A closed account is never opened
//! again, and an id never changes (R34). The author of a course or form never changes. One right is held only once at
//! a time. Words that no register has (a role with a space, a unit below zero) cannot be stored, so that one bad row
//! never makes the list of all accounts unreadable.
//!
//! The indexes `access_now` and `subscription_owner` hold everything that the list needs. The list is read in the order
//! of accounts without reading the tables, which takes a fifth of the time.
//!
//! `account_external` holds what the SCIM service keeps beside the account: the client's own ids for the account and
//! for its last change, and the time of that change (triggers set it for every writer). It also holds whether the
//! account was prepared and never opened, and whether clients see it as deleted. An account can be prepared only when
//! it is made. Only a prepared account can go from closed to open, and only once.

/// The mark of a file that is a register of this program (`PRAGMA application_id`). It spells "PVKT".
pub(super) const APPLICATION_ID: i32 = 0x5056_4b54;

/// The version of the tables (`PRAGMA user_version`).
pub(super) const VERSION: i32 = 2;

/// All tables. The script is run once in a new file.
pub(super) const SCHEMA: &str = "
CREATE TABLE account (
    id     TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
    person TEXT CHECK (length(person) BETWEEN 1 AND 64 AND person NOT GLOB '*[^a-z0-9.-]*'),
    name   TEXT NOT NULL,
    login  TEXT CHECK (login <> ''),
    email  TEXT CHECK (email <> ''),
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    opened TEXT NOT NULL CHECK (opened GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    closed TEXT CHECK (closed GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    CHECK (closed IS NULL OR active = 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_person ON account (person);
CREATE INDEX account_login ON account (login COLLATE NOCASE);

CREATE TABLE account_external (
    account   TEXT PRIMARY KEY NOT NULL REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    external  TEXT CHECK (external <> ''),
    reference TEXT CHECK (reference <> ''),
    pending   INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1)),
    deleted   TEXT CHECK (deleted GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    modified  TEXT NOT NULL CHECK (modified GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z')
) STRICT, WITHOUT ROWID;
CREATE INDEX account_external_id ON account_external (external) WHERE external IS NOT NULL;

CREATE TABLE access (
    id          INTEGER PRIMARY KEY,
    account     TEXT NOT NULL REFERENCES account (id),
    application TEXT NOT NULL
                CHECK (length(application) BETWEEN 1 AND 64 AND application NOT GLOB '*[^a-z0-9.-]*'),
    unit        INTEGER NOT NULL CHECK (unit BETWEEN 0 AND 4294967295),
    role        TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 64 AND role NOT GLOB '*[^A-Za-z0-9._/-]*'),
    request     TEXT CHECK (length(request) BETWEEN 1 AND 64 AND request NOT GLOB '*[^A-Za-z0-9._/-]*'),
    granted     TEXT NOT NULL CHECK (granted GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    ended       TEXT CHECK (ended GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')
) STRICT;
CREATE UNIQUE INDEX access_once ON access (application, unit, role, account) WHERE ended IS NULL;
CREATE INDEX access_now ON access (account, application, unit, role, request, ended) WHERE ended IS NULL;
CREATE INDEX access_past ON access (account) WHERE ended IS NOT NULL;

CREATE TABLE subscription (
    id          INTEGER PRIMARY KEY,
    owner       TEXT NOT NULL,
    owner_name  TEXT NOT NULL,
    address     TEXT CHECK (address <> ''),
    application TEXT NOT NULL
                CHECK (length(application) BETWEEN 1 AND 64 AND application NOT GLOB '*[^a-z0-9.-]*'),
    role        TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 64 AND role NOT GLOB '*[^A-Za-z0-9._/-]*'),
    unit        INTEGER NOT NULL CHECK (unit BETWEEN 0 AND 4294967295),
    start_date  TEXT NOT NULL CHECK (start_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    end_date    TEXT NOT NULL CHECK (end_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    ended       TEXT CHECK (ended GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    CHECK (ended IS NULL OR end_date < ended)
) STRICT;
CREATE INDEX subscription_owner ON subscription (owner, id, application, unit, role, address, end_date, ended);

CREATE TABLE course (
    id         INTEGER PRIMARY KEY,
    unit       INTEGER NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('open', 'closed')),
    created_by TEXT NOT NULL,
    created_on TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    updated_on TEXT NOT NULL
) STRICT;
CREATE INDEX course_author ON course (created_by);

CREATE TABLE form (
    id         INTEGER PRIMARY KEY,
    course     INTEGER NOT NULL REFERENCES course (id),
    kind       TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('open', 'closed')),
    created_by TEXT NOT NULL,
    created_on TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    updated_on TEXT NOT NULL
) STRICT;
CREATE INDEX form_author ON form (created_by);

CREATE TRIGGER account_kept BEFORE DELETE ON account BEGIN
    SELECT RAISE(ABORT, 'an account is never deleted (R38): close it');
END;
CREATE TRIGGER account_not_replaced BEFORE INSERT ON account
WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'the id of an account is never used again (R34)');
END;
CREATE TRIGGER account_keeps_its_id BEFORE UPDATE OF id ON account WHEN NEW.id <> OLD.id BEGIN
    SELECT RAISE(ABORT, 'the id of an account never changes (R34)');
END;
CREATE TRIGGER account_not_reopened BEFORE UPDATE OF active, closed ON account
WHEN (OLD.active = 0 AND NEW.active <> 0
      AND NOT EXISTS (SELECT 1 FROM account_external WHERE account = OLD.id AND pending = 1))
  OR (OLD.closed IS NOT NULL AND NEW.closed IS NOT OLD.closed) BEGIN
    SELECT RAISE(ABORT, 'a closed account is never opened again (R34): a new request gets a new account');
END;
CREATE TRIGGER account_prepared_at_birth BEFORE INSERT ON account_external
WHEN NEW.pending = 1 AND EXISTS (SELECT 1 FROM account WHERE id = NEW.account) BEGIN
    SELECT RAISE(ABORT, 'an account that is there already is not prepared any more (R34)');
END;
CREATE TRIGGER account_prepared_once BEFORE UPDATE OF account, pending, deleted ON account_external
WHEN NEW.account <> OLD.account OR NEW.pending > OLD.pending
  OR (OLD.deleted IS NOT NULL AND NEW.deleted IS NOT OLD.deleted) BEGIN
    SELECT RAISE(ABORT, 'an account is opened once and deleted for good (R34)');
END;
CREATE TRIGGER account_external_kept BEFORE DELETE ON account_external BEGIN
    SELECT RAISE(ABORT, 'what is known of an account is never deleted (R38)');
END;
CREATE TRIGGER account_made AFTER INSERT ON account BEGIN
    INSERT INTO account_external (account, modified) VALUES (NEW.id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ON CONFLICT (account) DO UPDATE SET modified = excluded.modified,
        pending = CASE WHEN NEW.active = 1 OR NEW.closed IS NOT NULL THEN 0 ELSE pending END;
END;
CREATE TRIGGER account_changed AFTER UPDATE ON account
WHEN (NEW.person, NEW.name, NEW.login, NEW.email, NEW.active, NEW.opened, NEW.closed)
  IS NOT (OLD.person, OLD.name, OLD.login, OLD.email, OLD.active, OLD.opened, OLD.closed) BEGIN
    INSERT INTO account_external (account, modified) VALUES (NEW.id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ON CONFLICT (account) DO UPDATE SET modified = excluded.modified,
        pending = CASE WHEN NEW.active = 1 OR NEW.closed IS NOT NULL THEN 0 ELSE pending END;
END;
CREATE TRIGGER access_given AFTER INSERT ON access BEGIN
    INSERT INTO account_external (account, modified) VALUES (NEW.account, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ON CONFLICT (account) DO UPDATE SET modified = excluded.modified;
END;
CREATE TRIGGER access_changed AFTER UPDATE ON access BEGIN
    INSERT INTO account_external (account, modified) VALUES (NEW.account, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ON CONFLICT (account) DO UPDATE SET modified = excluded.modified;
END;
CREATE TRIGGER subscription_made AFTER INSERT ON subscription
WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.owner) BEGIN
    INSERT INTO account_external (account, modified) VALUES (NEW.owner, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ON CONFLICT (account) DO UPDATE SET modified = excluded.modified;
END;
CREATE TRIGGER subscription_ended AFTER UPDATE OF ended ON subscription
WHEN NEW.ended IS NOT OLD.ended AND EXISTS (SELECT 1 FROM account WHERE id = NEW.owner) BEGIN
    INSERT INTO account_external (account, modified) VALUES (NEW.owner, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ON CONFLICT (account) DO UPDATE SET modified = excluded.modified;
END;
CREATE TRIGGER course_kept BEFORE DELETE ON course BEGIN
    SELECT RAISE(ABORT, 'a course is never deleted (R39)');
END;
CREATE TRIGGER course_not_replaced BEFORE INSERT ON course
WHEN EXISTS (SELECT 1 FROM course WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'a course is never replaced (R39)');
END;
CREATE TRIGGER course_keeps_its_author BEFORE UPDATE OF id, created_by, created_on ON course BEGIN
    SELECT RAISE(ABORT, 'who made a course never changes (R39)');
END;
CREATE TRIGGER form_kept BEFORE DELETE ON form BEGIN
    SELECT RAISE(ABORT, 'a form is never deleted (R39)');
END;
CREATE TRIGGER form_not_replaced BEFORE INSERT ON form
WHEN EXISTS (SELECT 1 FROM form WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'a form is never replaced (R39)');
END;
CREATE TRIGGER form_keeps_its_author BEFORE UPDATE OF id, created_by, created_on ON form BEGIN
    SELECT RAISE(ABORT, 'who made a form never changes (R39)');
END;
";
