//! Kills, restarts, units that move, and histories that deeper seeds found.

/// The cases by name.
pub const CASES: &[(&str, &str)] = &[
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
