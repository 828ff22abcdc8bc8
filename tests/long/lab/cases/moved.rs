//! Folders that are away, starts that are moved ahead, older versions of files, and a kill after which another machine goes
//! on. None of these has failed. Each is the shortest history of its kind.

/// The cases by name.
pub const CASES: &[(&str, &str)] = &[
    (
        "a start is moved ahead",
        "apply 2027-01-18
        30000 later bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "a start is moved ahead with another role, along a branch",
        "git 2027-01-18
        30000 later bruker1.ahus - 3
        30010 whole - - 0
        40000 repair bruker1.ahus - 0
        40010 whole - - 0",
    ),
    (
        "all starts of a trust are moved ahead, in a daemon",
        "daemon 2027-01-18
        30000 latermany ahus - 0
        30002 pass - - 0
        30035 pass - - 0
        40000 repair ahus - 0
        40002 pass - - 0",
    ),
    (
        "a folder that blinks",
        "daemon 2027-01-18
        118452 folderswap helse-bergen - 0
        118455 pass - - 0
        118482 repair helse-bergen - 0
        118484 folderswap helse-bergen - 0
        118487 pass - - 0",
    ),
    (
        "a trust's folder is away and comes back, somebody runs it",
        "apply 2027-01-18
        30000 folderaway ahus - 0
        30010 whole - - 0
        40000 repair ahus - 0
        40010 whole - - 0",
    ),
    (
        "a trust's folder is away and comes back, along a branch",
        "git 2027-01-18
        30000 folderaway ahus - 0
        30010 whole - - 0
        40000 repair ahus - 0
        40010 whole - - 0",
    ),
    (
        "a trust's folder is away for longer than the grace",
        "daemon 2027-01-18
        30000 folderaway ahus - 0
        30002 pass - - 0
        30035 pass - - 0
        30100 whole - - 0
        30200 repair ahus - 0
        30202 pass - - 0",
    ),
    (
        "the whole state is gone at one look, somebody runs it",
        "apply 2027-01-18
        30000 treeaway - - 0",
    ),
    (
        "the whole state is gone at one look while a file is away",
        "daemon 2027-01-18
        30000 away bruker1.ahus - 0
        30002 pass - - 0
        30010 treeaway - - 0
        30035 pass - - 0",
    ),
    (
        "files are packed into an archive beside the others",
        "daemon 2027-01-18
        30000 folderodd ahus - 1
        30002 pass - - 0
        30035 pass - - 0
        40000 repair ahus - 0
        40002 pass - - 0",
    ),
    (
        "a trust's folder is moved under another name",
        "apply 2027-01-18
        30000 foldermoved helse-bergen - 0
        30010 whole - - 0",
    ),
    (
        "a trust's folder is moved a level too deep",
        "git 2027-01-18
        30000 foldermoved helse-bergen - 1
        30010 whole - - 0",
    ),
    (
        "a trust's folder is moved among the reviews",
        "daemon 2027-01-18
        30000 foldermoved helse-bergen - 2
        30002 pass - - 0
        30035 pass - - 0",
    ),
    (
        "a file in a folder inside its own folder",
        "apply 2027-01-18
        30000 inner bruker1.ahus - 0
        30010 whole - - 0",
    ),
    (
        "an older version has the role of before",
        "apply 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30010 whole - - 0
        116400 role ny.ahus LC 0
        116410 whole - - 0
        202800 older ny.ahus - 0
        202810 whole - - 0",
    ),
    (
        "an older version has no second entry yet",
        "daemon 2027-01-18
        30000 older bruker1.ahus - 1
        30002 pass - - 0
        30020 repair bruker1.ahus - 0
        30035 pass - - 0",
    ),
    (
        "an older version of the file of somebody who was revoked",
        "apply 2027-01-18
        30000 revoke bruker1.ahus - 0
        30010 whole - - 0
        116400 whole - - 0
        202800 whole - - 0
        289200 older bruker1.ahus - 0
        289210 whole - - 0",
    ),
    (
        "killed at boundary 2, and a machine with an older copy takes over",
        "pair 2027-01-18
        30000 takeover - - 0
        30001 sync - - 0
        30002 give ny.ahus ahus:LU:smerteregisteret 0
        30005 killover - - 2
        30010 pass - - 0
        30050 pass - - 0
        30090 sync - - 0
        30092 pass - - 0",
    ),
    (
        "killed at boundary 5, and a machine with an older copy takes over",
        "pair 2027-01-18
        30000 takeover - - 0
        30001 sync - - 0
        30002 give ny.ahus ahus:LU:smerteregisteret 0
        30005 killover - - 5
        30010 pass - - 0
        30050 pass - - 0
        30090 sync - - 0
        30092 pass - - 0",
    ),
    (
        "killed at boundary 8, and a machine with an older copy takes over",
        "pair 2027-01-18
        30000 takeover - - 0
        30001 sync - - 0
        30002 give ny.ahus ahus:LU:smerteregisteret 0
        30005 killover - - 8
        30010 pass - - 0
        30050 pass - - 0
        30090 sync - - 0
        30092 pass - - 0",
    ),
    (
        "killed between a step elsewhere and its record",
        "elsewhere 2027-01-18
        30000 give ny.ahus ahus:LU:smerteregisteret 0
        30001 revoke bruker2.ahus - 0
        30005 kill - - 5",
    ),
];
