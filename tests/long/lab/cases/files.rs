//! One history for each kind of trouble: clocks, files, folders, limits, the memory and branches.

/// The cases by name.
pub const CASES: &[(&str, &str)] = &[
    (
        "a clock at 1970 takes everything",
        "apply 2027-01-18
        142805 clock a epoch 0
        142815 whole - - 0",
    ),
    (
        "an hour back over midnight takes what began at midnight",
        "apply 2026-10-13
        56400 give natt.ahus ahus:LU:smerteregisteret 1000
        56405 whole - - 0
        86800 whole - - 0
        87900 clock a - -3600
        87910 whole - - 0",
    ),
    (
        "five minutes back over midnight take what began at midnight",
        "daemon 2026-10-13
        56400 give natt.ahus ahus:LU:smerteregisteret 1000
        56402 pass - - 0
        86460 whole - - 0
        86520 clock a - -300
        86530 whole - - 0",
    ),
    (
        "a clock that is ahead begins what has not begun",
        "apply 2026-03-19
        30000 give ny.ahus ahus:LU:smerteregisteret 15000
        30010 whole - - 0
        50000 clock a - 34560000
        50010 whole - - 0",
    ),
    (
        "what is approved while the clock is a day behind is refused for good",
        "apply 2026-03-19
        18000 whole - - 0
        100000 clock a - -86400
        100300 give ny.ahus ahus:LU:smerteregisteret 0
        100310 whole - - 0",
    ),
    (
        "a cut in the middle of a request",
        "apply 2027-01-23
        30000 cut bruker1.ahus - 3
        30010 whole - - 0",
    ),
    (
        "a second entry equal to the first",
        "apply 2027-01-23
        30000 twice bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a new request beside a bad date",
        "apply 2027-01-23
        30000 newbad bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a new request that is refused",
        "apply 2027-01-23
        30000 refused bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a capital letter in the file's name",
        "daemon 2027-01-18
        30000 capital bruker1.ahus - 0
        30002 pass - - 0
        30040 pass - - 0",
    ),
    (
        "a file in another trust's folder",
        "apply 2027-01-18
        30000 trust bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a file in no trust's folder",
        "apply 2027-01-18
        30000 nofolder bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a file in a folder inside another trust's folder",
        "git 2027-01-18
        30000 deeper bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a file among the reviews",
        "apply 2027-01-18
        30000 beside bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a file in desired-state itself",
        "apply 2027-01-18
        30000 top bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a file with another name",
        "apply 2027-01-18
        30000 two bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a move with one mistake in the new file",
        "apply 2027-01-18
        30000 movebad bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a file that blinks",
        "daemon 2027-01-18
        118452 away bruker0.helse-bergen - 0
        118455 pass - - 0
        118482 repair bruker0.helse-bergen - 0
        118484 away bruker0.helse-bergen - 0
        118487 pass - - 0",
    ),
    (
        "the limits are raised while three wait",
        "apply 2027-01-18
        150435 leave bruker2.helse-bergen - 0
        150435 leave bruker3.helse-bergen - 0
        150435 leave bruker4.helse-bergen - 0
        150535 whole - - 0
        154035 raise - - 0",
    ),
    (
        "the limits are raised while three wait, along a branch",
        "git 2027-01-18
        150435 leave bruker2.helse-bergen - 0
        150435 leave bruker3.helse-bergen - 0
        150435 leave bruker4.helse-bergen - 0
        150535 whole - - 0
        154035 raise - - 0",
    ),
    (
        "the limits are raised while three wait, and the program starts again",
        "daemon 2027-01-18
        118435 leave bruker2.helse-bergen - 0
        118435 leave bruker3.helse-bergen - 0
        118435 leave bruker4.helse-bergen - 0
        118437 pass - - 0
        118470 pass - - 0
        118535 whole - - 0
        122035 raise - - 0
        122100 again - - 0
        122110 pass - - 0
        122145 pass - - 0
        122180 pass - - 0",
    ),
    (
        "somebody is revoked whose row in the memory was changed, and the program looks on",
        "daemon 2027-01-18
        30000 sqlrole bruker7.ahus - 0
        30090 whole - - 0
        30100 backup - - 0
        30200 restore - - 0
        30210 whole - - 0
        30220 revoke bruker7.ahus - 0
        30225 pass - - 0
        30260 pass - - 0",
    ),
    (
        "a plain file for a folder",
        "apply 2026-03-25
        30000 plainfile nasjonal - 0
        30010 whole - - 0",
    ),
    (
        "the request of somebody else",
        "daemon 2027-01-18
        118452 borrow bruker3.helse-fonna ahus 0
        118454 pass - - 0",
    ),
    (
        "a crowd at once",
        "apply 2027-01-18
        30000 mass helse-bergen - 29
        30010 whole - - 0",
    ),
    (
        "another role in the memory",
        "daemon 2027-01-18
        30000 sqlrole bruker0.ahus - 0
        30090 whole - - 0",
    ),
    (
        "an end in the memory",
        "daemon 2027-01-18
        30000 sqluntil bruker0.ahus - 0
        30090 whole - - 0",
    ),
    (
        "another account in the memory",
        "daemon 2027-01-18
        30000 sqlaccount bruker0.ahus - 0
        30090 whole - - 0",
    ),
    (
        "a deletion and its revert in one fetch",
        "git 2026-03-25
        30000 away bruker2.helse-bergen - 0
        30002 repair bruker2.helse-bergen - 0
        30010 whole - - 0",
    ),
    (
        "deletions one by one in one fetch",
        "git 2027-01-18
        30001 leave bruker2.helse-fonna - 0
        30002 leave bruker3.helse-fonna - 0
        30003 leave bruker4.helse-fonna - 0
        30010 whole - - 0",
    ),
    (
        "a standby with a clock of a year ago",
        "pair 2027-01-18
        30000 clock b - -31536000
        30005 takeover - - 0
        30007 pass - - 0
        30040 pass - - 0",
    ),
    (
        "a standby with an older copy",
        "pair 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30002 pass - - 0
        30040 takeover - - 0
        30042 pass - - 0
        30080 pass - - 0",
    ),
];
