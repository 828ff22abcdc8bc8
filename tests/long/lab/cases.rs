//! Histories that failed once, reduced to the steps that made them fail. Each one has its mode, its first day and its
//! steps. A step gives the seconds since the first midnight, the act, the person, the way and the amount.

/// The cases by name. Each text is a history in its written form.
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
    (
        "killed at boundary 0, somebody runs it",
        "apply 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 0",
    ),
    (
        "killed at boundary 2, somebody runs it",
        "apply 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 2",
    ),
    (
        "killed at boundary 3, somebody runs it",
        "apply 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 3",
    ),
    (
        "killed at boundary 5, somebody runs it",
        "apply 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 5",
    ),
    (
        "killed at boundary 8, somebody runs it",
        "apply 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 8",
    ),
    (
        "killed at boundary 2, along a branch",
        "git 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 2",
    ),
    (
        "killed at boundary 5, along a branch",
        "git 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 5",
    ),
    (
        "killed at boundary 8, along a branch",
        "git 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 8",
    ),
    (
        "killed at boundary 11, along a branch",
        "git 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 leave bruker1.ahus - 0
        30002 revoke bruker2.ahus - 0
        30005 kill - - 11",
    ),
    (
        "whose removal waits has a first day, and the program starts again",
        "daemon 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 2000
        30002 pass - - 0
        30100 leave ny.ahus - 0
        30100 leave bruker0.ahus - 0
        30100 leave bruker1.ahus - 0
        30100 leave bruker3.ahus - 0
        30102 pass - - 0
        30135 pass - - 0
        180000 whole - - 0
        210000 restart - - 0",
    ),
    (
        "a new request that is refused while the clock is ahead",
        "daemon 2027-01-21
        206923 refused bruker2.ahus - 7
        206925 pass - - 0
        206958 pass - - 0",
    ),
    (
        "a new request that is refused while the clock is ahead, and somebody runs it",
        "apply 2027-01-21
        206923 refused bruker2.ahus - 7
        206925 whole - - 0",
    ),
    (
        "revoked and given anew, killed between the two",
        "git 2026-10-18
        39681 revoke bruker3.helse-fonna - 0
        55759 back bruker3.helse-fonna - 29
        55764 kill - - 13",
    ),
    (
        "a unit moves to another trust and its files follow, and somebody runs it",
        "apply 2027-01-18
        30000 whole - - 0
        30010 unit - helse-fonna 0
        30020 extend nord0.ahus - 9",
    ),
    (
        "a unit moves to another trust and its files follow, in a daemon",
        "daemon 2027-01-18
        30000 whole - - 0
        30010 unit - helse-fonna 0
        30052 pass - - 0
        30090 revoke nord0.ahus - 0
        30092 pass - - 0",
    ),
    (
        "a unit moves to another trust and its files follow, along a branch",
        "git 2027-01-18
        30000 whole - - 0
        30010 unit - helse-fonna 0
        40010 unit - helse-bergen 0",
    ),
    (
        "a unit goes to another trust and back with the file of somebody who was revoked",
        "apply 2027-01-18
        30000 whole - - 0
        30010 unit - helse-bergen 0
        40000 whole - - 0
        40010 revoke nord1.ahus - 0
        40020 whole - - 0
        50000 unit - ahus 0",
    ),
    (
        "other accounts in the memory for two people",
        "git 2026-10-13
        1353868 sqlaccount bruker3.helse-bergen - 0
        1878373 sqlaccount bruker1.helse-fonna - 0",
    ),
    (
        "a unit follows somebody to a trust where they have a file already, while its removal waits",
        "git 2028-02-17
        124720 whole - - 0
        277382 whole - - 0
        428400 restart - - 0
        496489 leave bruker2.ahus - 0
        496490 leave bruker3.ahus - 0
        496500 leave bruker3.helse-bergen - 0
        496501 leave bruker4.helse-bergen - 0
        538962 whole - - 0
        709959 whole - - 0
        796956 whole - - 0
        969017 whole - - 0
        1057400 whole - - 0
        1073375 leave bruker5.helse-fonna - 0
        1167091 kill - - 2
        1329367 whole - - 0
        1488333 whole - - 0
        1634400 quiet - - 0
        1747235 whole - - 0
        1754966 move nord2.ahus helse-bergen 0
        1919714 whole - - 0
        2006098 whole - - 0
        2104644 whole - - 0
        2266103 whole - - 0
        2397426 unit - helse-bergen 0",
    ),
    (
        "a revocation at a commit on the way and absences at the newest",
        "git 2027-01-25
        1920873 whole - - 0
        1926588 revoke bruker1.ahus - 0
        1940573 half ahus - 376
        1940578 whole - - 0",
    ),
    (
        "a file is moved into a folder that cannot be read when it is looked for",
        "daemon 2028-02-18
        223688 movebad lc.fonnasen - 2458
        326720 plainfile ahus - 349
        326722 pass - - 0
        326755 pass - - 0",
    ),
    (
        "ends and absences of several commits under a clock that nobody trusts",
        "git 2027-01-25
        1363519 leave bruker4.helse-fonna - 0
        1940573 half ahus - 376
        1940578 whole - - 0",
    ),
    (
        "a standby with an older copy, in which somebody has another role",
        "pair 2026-03-22
        104652 whole - - 0
        134267 pass - - 0
        294790 role bruker0.helse-bergen LC 0
        294825 pass - - 0
        383138 pass - - 0
        412541 leave bruker0.helse-bergen - 0
        412545 leave bruker5.helse-bergen - 0
        412551 leave bruker0.ahus - 0
        412552 leave bruker1.ahus - 0
        537710 whole - - 0
        709916 whole - - 0
        753162 takeover - - 0
        753164 pass - - 0",
    ),
    (
        "a file is moved wrongly while nobody trusts the clock, and the date is confirmed",
        "daemon 2026-12-18
        1067892 nofolder bruker5.ahus - 54
        1590090 kill - - 3
        1653028 confirm - - 0
        1653090 pass - - 0
        1653123 kill - - 14",
    ),
    (
        "a clock ahead ends accesses, two confirm the date beside a running daemon, and they stand again",
        "daemon 2028-02-17
        2128803 give nycbciiad.ahus ahus:LU:smerteregisteret 26
        2169120 confirm - - 0
        2325600 quiet - - 0
        2393477 clock a - 34560000
        2394677 whole - - 0",
    ),
    (
        "a unit moves to another trust while a removal there waits",
        "apply 2027-01-18
        30000 whole - - 0
        30010 leave bruker1.ahus - 0
        30011 leave bruker2.ahus - 0
        30012 leave bruker3.ahus - 0
        30013 leave nord1.ahus - 0
        30020 whole - - 0
        30030 whole - - 0
        40000 unit - helse-fonna 0
        40010 whole - - 0
        40020 whole - - 0",
    ),
];
