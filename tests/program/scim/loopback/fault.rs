//! The list of what the service can do wrong.

/// A fault of the service. Each was seen in a real server, or is caused by networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// `add` of a role replaces the list.
    AddReplaces,
    /// Roles of a new account are dropped, with a 201.
    RolesDropped,
    /// `replace` of e-mails with an empty list gives 200, and they stay.
    EmptyListIgnored,
    /// `remove` of e-mails gives 501.
    RemoveRefused,
    /// Both of these faults occur.
    AddressesStay,
    /// A request with `count` gives 500.
    CountFails,
    /// Every page is the first page.
    FirstPageAlways,
    /// Every page has all users.
    EverybodyAlways,
    /// The total is the size of the page.
    TotalOfPage,
    /// The total is one more than there are.
    TotalTooHigh,
    /// The total is another one each time.
    TotalWavers,
    /// Half of a page is missing.
    ShortPages,
    /// An account stands on two pages, and another on none.
    Repeats,
    /// Every third write is done, and the connection is cut before the answer ends.
    AnswersLost,
    /// The first write is done, and from then on no answer comes back, not even to a question.
    GoesAway,
    /// After the first new user, every answer about a new user is about the first one.
    NamesAnother,
    /// Every third write is cut off before it is done.
    RequestsLost,
    /// Every second POST gives 500 and writes nothing.
    HalfFails,
    /// Every second write is done and gives 500.
    FailsAfterWriting,
    /// Old versions are announced to be refused, and are taken.
    OldVersionsTaken,
    /// Every version is refused.
    NoVersionTaken,
    /// Reads show the state of a quarter of a second ago.
    Lags,
    /// Lists show each account as it was before its last write. The account itself is shown as it is.
    ListsLag,
    /// A PATCH does its first operation and fails at the second.
    PatchNotAtomic,
    /// Nothing is announced (404), and only PUT works.
    NothingAnnounced,
    /// After a refused request the next five are refused.
    OneFailsMore,
    /// Every fourth request gives 429 with a wait of zero.
    Throttles,
    /// One account always: 503, asking for eleven days.
    OneWaitsForEver,
    /// A login is said to be taken, and nobody has it.
    TakenByNobody,
    /// A login that somebody was opened with stays taken, whatever the account is called now (saml-jackson).
    LoginsStayTaken,
    /// Accounts do not keep `externalId`.
    Forgetful,
    /// An account is not found by its id, and the words are not those of SCIM.
    ProxyNotFound,
    /// Lists are answered by sending elsewhere.
    Redirects,
    /// A list larger than anybody reads.
    Endless,
    /// Answers are not JSON.
    Gibberish,
    /// Every write succeeds and nothing is kept.
    SaysYes,
    /// Roles are plain texts and only accepted as such. Nothing announces it.
    RolesAreTexts,
    /// The ids of users are numbers.
    NumberedIds,
    /// Roles, logins and addresses come back in another case.
    CaseChanged,
    /// Success has no body: 200 to PATCH, 204 to PUT, and 201 with only the place to POST.
    WordlessYes,
    /// Yes in words that are not JSON, and no place named.
    WordyYes,
    /// Lists do not say how many there are.
    NoTotal,
    /// Counts are texts of digits.
    CountsAsTexts,
    /// The value that tells whether an account is active is a text.
    ActiveAsText,
    /// Resources do not name their schema. A PUT without one is refused.
    NoSchemas,
    /// A list of nobody has no `Resources`.
    NobodyLeftOut,
    /// Endpoints are named from the root of the server.
    EndpointFromRoot,
    /// JSON is taken and given by its plain name alone.
    PlainJson,
    /// Versions are strong ones (without `W/`).
    StrongVersions,
    /// Versions are announced, and none is given.
    VersionsLacking,
    /// Roles come back in another order, with more attributes.
    RolesDecorated,
    /// Lists only show that accounts exist, and nothing else about them.
    BareLists,
    /// A request for a sorted list gives 500.
    SortFails,
    /// A taken login gives 400 with the word for it.
    TakenInOtherWords,
    /// Each text begins with a byte order mark.
    ByteOrderMark,
    /// The list is bare, without a word of its own.
    ListBare,
    /// Several operations in one request are offered, and done.
    Bulk,
    /// They are offered, and refused.
    BulkRefused,
    /// Bulk is offered, and its answers are cut off.
    BulkLost,
    /// Bulk is offered. Every second operation fails, and every fourth is done all the same.
    BulkHalf,
    /// Bulk is offered, and its success does not tell what was done.
    BulkWordless,
    /// The announcement is a list with one entry, and its numbers are texts.
    ConfigInList,
    /// Pages are only given by cursor.
    CursorOnly,
    /// Pages are only given by cursor, and the second cursor expires before it is used.
    CursorRunsOut,
    /// Pages are only given by cursor, and each page names the same next one.
    CursorTurns,
    /// Pages by number and by cursor, and by cursor if nothing is asked.
    CursorFirst,
    /// Pages are given by number and by cursor. A cursor gets the first page, as if it were all.
    CursorUnknown,
    /// Users have no roles: not announced, and dropped with a yes.
    NoRoles,
    /// Roles are dropped with a yes, and nothing announces it.
    RolesNeverKept,
    /// `externalId` is announced to be read-only, and not kept.
    ExternalIdReadOnly,
    /// `name.familyName` is announced to be required, and a user without it is refused.
    FamilyNameNeeded,
    /// A user without `name.familyName` is refused, and nothing announces it.
    FamilyNameUnsaid,
    /// A request for a new user gives 405.
    OpensNobody,
    /// A request for a new user gives 401.
    WritesUnknown,
    /// Users have no `displayName`, and nothing announces it: 400, `invalidPath`.
    NamesUnknown,
    /// A request for one of the new users gives 403.
    OneForbidden,
    /// A write gives 503 and asks for two seconds.
    WritesBusy,
    /// A change that leaves a user without an address is refused.
    AddressNeeded,
    /// A change that leaves a user without a role is refused.
    RoleNeeded,
    /// A change that makes a user inactive is refused.
    StaysActive,
    /// One user is in every list, and is not found by the id.
    OneNotFound,
    /// `active` is left out where it is false.
    ActiveLeftOut,
    /// Roles without a slash stay, whatever is written. They come from a group.
    OtherRolesStay,
    /// A new user is never active, whatever is asked for.
    OpensInactive,
    /// A new user is answered with 201 and shown much later.
    ShowsMuchLater,
    /// Two users may have one login.
    LoginsNotUnique,
    /// Asked for one user, it answers with a list.
    ListsInsteadOfOne,
    /// Roles are only shown to who names them, and then nothing else is.
    RolesOnRequest,
    /// Pages are only given by cursor, and no page says how many there are.
    CursorWithoutTotal,
    /// `externalId` is cut off.
    ExternalIdCut,
    /// Lists leave out users who are not active.
    HidesClosed,
    /// The header with the version is another one in each answer. The version in the resource is right.
    HeaderVersions,
}
