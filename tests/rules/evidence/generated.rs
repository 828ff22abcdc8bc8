//! Compares `ssh-keygen -Y verify` with this program over generated cases: keys, lines, options, envelopes, lists of
//! revoked keys and days. This program is never looser. If it is stricter, a part of the case gives the reason.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use super::bench::{Bench, Case, MESSAGE, NAMESPACE};

mod envelopes;

use envelopes::{ENVELOPES, Signed, envelope};

/// One form of a part of a case, and the reason why this program may refuse what OpenSSH accepts.
#[derive(Clone, Copy)]
struct Way {
    text: &'static str,
    stricter: Option<&'static str>,
}

const fn same(text: &'static str) -> Way {
    Way { text, stricter: None }
}

const fn stricter(text: &'static str, why: &'static str) -> Way {
    Way { text, stricter: Some(why) }
}

const ONE_PERSON: &str = "a line names one person, by the plain id, so that a reader knows who can sign";
const PLAIN_TIME: &str = "a time is eight, twelve or fourteen digits of a moment that there is, in the register's zone or with `Z`";
const PLAIN_OPTION: &str =
    "options are written as the manual has them, in small letters, each once, with a value";
const NO_PATTERN: &str = "namespaces are written out";
const STRONG: &str = "RSA keys have 2048 bits or more";
const PLAIN_LINE: &str = "nothing is cut off from a line that people cannot see";
const WHOLE_FILE: &str = "a list with a line that cannot be read counts for nothing, as a whole";
const PLAIN_BLOCK: &str = "a block is as `ssh-keygen -Y sign` writes it";
const VERSION_ONE: &str = "a signature is of version 1, and its reserved field is empty";

/// The forms of the first word in a line of `allowed_signers`.
const PEOPLE: &[Way] = &[
    same("kari.testesen"),
    same("per.testesen"),
    stricter("\"kari.testesen\"", ONE_PERSON),
    stricter("kari.testesen,per.testesen", ONE_PERSON),
    stricter("*", ONE_PERSON),
    stricter("kari.*", ONE_PERSON),
    stricter("kari.testese?", ONE_PERSON),
    stricter("!per.testesen,kari.testesen", ONE_PERSON),
    stricter("!kari.testesen,*", ONE_PERSON),
    same("Kari.testesen"),
    same("kari.testesen\u{b}"),
];

/// The options, as they stand before the key.
const OPTIONS: &[Way] = &[
    same(""),
    same("valid-after=\"19000101\""),
    same("valid-after=\"19691231\""),
    same("valid-after=\"19691231235959Z\""),
    same("valid-after=\"19700101\""),
    same("valid-after=\"19700101000000Z\""),
    same("valid-after=\"19700101010001\""),
    same("valid-after=\"20200101\""),
    same("valid-after=\"202001011200\""),
    same("valid-after=\"20200101120000\""),
    same("valid-after=\"20200101120000Z\""),
    stricter("valid-after=\"20200101120000z\"", PLAIN_TIME),
    stricter("valid-after=\"20200101120000UTC\"", PLAIN_TIME),
    stricter("valid-after=\"20200231\"", PLAIN_TIME),
    stricter("valid-after=\"20200101120060\"", PLAIN_TIME),
    same("valid-after=\"20201301\""),
    same("valid-after=\"20200100\""),
    same("valid-after=\"202001012400\""),
    same("valid-after=\"2020010112\""),
    same("valid-after=\"+2020101\""),
    same("valid-after=\" 2020010\""),
    same("valid-after=\"2020-1-1\""),
    same("valid-after=\"\""),
    same("valid-after=20200101"),
    same("valid-after"),
    same("valid-after=\"202607012330\""),
    same("valid-after=\"202603290230\""),
    same("valid-after=\"202610250230\""),
    same("valid-after=\"20260701213000Z\""),
    same("valid-after=\"20380119031408Z\""),
    same("valid-after=\"99991231\""),
    same("valid-before=\"20991231\""),
    same("valid-before=\"20260702\""),
    same("valid-before=\"20260701235959\""),
    same("valid-before=\"202607011800\""),
    same("valid-before=\"20260701220000Z\""),
    same("valid-before=\"20260701215959Z\""),
    same("valid-before=\"20260701215958Z\""),
    same("valid-before=\"202603300030\""),
    same("valid-before=\"20261121\""),
    same("valid-before=\"20261120235959\""),
    same("valid-before=\"20200101\""),
    same("valid-before=\"19000101\""),
    same("valid-before=\"19700101000000Z\""),
    stricter("valid-before=\"99991231\"", PLAIN_TIME),
    same("valid-after=\"20200101\",valid-before=\"20991231\""),
    same("valid-before=\"20991231\",valid-after=\"20200101\""),
    same("valid-after=\"20200101\",valid-before=\"20200101\""),
    same("valid-after=\"20991231\",valid-before=\"20200101\""),
    same("valid-after=\"20200101\" valid-before=\"20991231\""),
    stricter("valid-after=\"20200101\",,valid-before=\"20991231\"", PLAIN_OPTION),
    same("valid-after=\"20200101\","),
    same("valid-after=\"20200101\",valid-after=\"20200101\""),
    stricter("VALID-AFTER=\"20200101\"", PLAIN_OPTION),
    stricter("Namespaces=\"portvakt@smerteregisteret\"", PLAIN_OPTION),
    same("namespaces=\"portvakt@smerteregisteret\""),
    same("namespaces=\"git,portvakt@smerteregisteret\""),
    same("namespaces=\"git\""),
    same("namespaces=\"\""),
    stricter("namespaces=\"git,,portvakt@smerteregisteret\"", NO_PATTERN),
    same("namespaces=\"git, portvakt@smerteregisteret\""),
    stricter("namespaces=\"portvakt@*\"", NO_PATTERN),
    stricter("namespaces=\"!git,portvakt@smerteregisteret\"", NO_PATTERN),
    same("namespaces=\"portvakt@smerteregisteret,!portvakt@*\""),
    same("namespaces=\"Portvakt@smerteregisteret\""),
    same("namespaces=\"portvakt@smerteregisteret\\\"\""),
    same("namespaces=\"portvakt@smerteregisteret\",namespaces=\"git\""),
    same("cert-authority"),
    same("cert-authority,namespaces=\"portvakt@smerteregisteret\""),
    same("no-touch-required"),
    same("verify-required"),
    same("made-up=\"1\""),
    same("made-up"),
    same("=\"1\""),
    same(","),
];

/// The forms of the line in the file. `L` is the line.
const LINES: &[Way] = &[
    same("L\n"),
    same("L"),
    same("L\r\n"),
    same("  \tL\n"),
    same("L  \t\n"),
    same("L a comment\n"),
    same("L a \u{e6} comment\r\n"),
    same("\n\n  \n# comment\n\t# more\nL\n\n"),
    same("\r\nL\n"),
    same("  \r\nL\r\n"),
    same("# comment\r\n\r\nL\r\n"),
    same("\u{feff}L\n"),
    stricter("L\0\n", PLAIN_LINE),
    same("L comment\0more\n"),
    same("#\0comment\nL\n"),
    same("L\nL\n"),
    stricter("rubbish\nL\n", WHOLE_FILE),
    stricter("L\nrubbish\n", WHOLE_FILE),
    stricter("L\nkari.testesen ssh-ed25519 AAAA\n", WHOLE_FILE),
    stricter("kari.testesen ssh-ed25519 AAAA\nL\n", WHOLE_FILE),
    stricter("L\nper.testesen made-up ssh-ed25519 AAAA\n", WHOLE_FILE),
    same("#L\n"),
    same(" #L\n"),
];

/// The list of revoked keys: `K` is the key, `O` another one.
const REVOKED: &[Way] = &[
    same(""),
    same("# none\n\n"),
    same("O\n"),
    same("O\r\n"),
    same("K\n"),
    same("K\r\n"),
    same("K"),
    same("  K\n"),
    same("\tK a comment\n"),
    same("O\nK\n"),
    same("#K\n"),
    same("\r\n\r\nK\n"),
    same("rubbish\n"),
    same("rubbish\nK\n"),
    stricter("O\nssh-ed25519 AAAA\n", WHOLE_FILE),
    same("kari.testesen K\n"),
    same("\0\nK\n"),
];

/// The days: in winter, in summer, on both days on which the clocks change, and one before most keys.
const DAYS: [Date; 5] =
    [date(2026, 11, 20), date(2026, 7, 1), date(2026, 3, 29), date(2026, 10, 25), date(2019, 5, 17)];

/// The form of each part, and the key.
#[derive(Clone, Copy, Default)]
struct Pick {
    key: usize,
    person: usize,
    options: usize,
    line: usize,
    revoked: usize,
    envelope: usize,
    day: usize,
    as_per: bool,
}

/// Returns every form of every part alone, every option on every day, and this number of mixed cases.
fn picks(keys: usize, mixed: usize) -> Vec<Pick> {
    let mut all = Vec::new();
    for key in 0..keys {
        all.extend((0..ENVELOPES.len()).map(|envelope| Pick { key, envelope, ..Pick::default() }));
        all.push(Pick { key, as_per: true, ..Pick::default() });
    }
    for as_per in [false, true] {
        all.extend((0..PEOPLE.len()).map(|person| Pick { person, as_per, ..Pick::default() }));
    }
    for day in 0..DAYS.len() {
        all.extend((0..OPTIONS.len()).map(|options| Pick { options, day, ..Pick::default() }));
    }
    all.extend((0..LINES.len()).map(|line| Pick { line, ..Pick::default() }));
    all.extend((0..REVOKED.len()).map(|revoked| Pick { revoked, ..Pick::default() }));
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |most: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % most
    };
    for _ in 0..mixed {
        // One or two parts are unusual: were all of them, nothing would ever count.
        let mut pick = Pick { key: below(keys), day: below(DAYS.len()), ..Pick::default() };
        for _ in 0..1 + below(2) {
            match below(5) {
                0 => pick.person = below(PEOPLE.len()),
                1 => pick.options = below(OPTIONS.len()),
                2 => pick.line = below(LINES.len()),
                3 => pick.revoked = below(REVOKED.len()),
                _ => pick.envelope = below(ENVELOPES.len()),
            }
        }
        all.push(pick);
    }
    all
}

#[test]
fn over_generated_cases_this_program_is_never_looser_than_openssh() {
    let bench = Bench::new();
    let kinds: [(&str, &[&str], Option<&'static str>); 4] = [
        ("ed25519", &["-t", "ed25519"], None),
        ("p256", &["-t", "ecdsa", "-b", "256"], None),
        ("rsa", &["-t", "rsa", "-b", "2048"], None),
        ("weak", &["-t", "rsa", "-b", "1024"], Some(STRONG)),
    ];
    let signed: Vec<Signed> = kinds
        .iter()
        .map(|(name, options, _)| {
            let [key, other] = [bench.key(name, options), bench.key(&format!("{name}-other"), options)];
            let plain = bench.sign(&key, NAMESPACE, MESSAGE, &[]);
            let by_other = bench.sign(&other, NAMESPACE, MESSAGE, &[]);
            Signed { key, other, plain, by_other }
        })
        .collect();
    let (mut both, mut reasons, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for pick in picks(kinds.len(), 1_200) {
        let of = &signed[pick.key];
        let ways = [
            PEOPLE[pick.person],
            OPTIONS[pick.options],
            LINES[pick.line],
            REVOKED[pick.revoked],
            ENVELOPES[pick.envelope],
        ];
        let [person, options, line, revoked, sealed] = ways.map(|way| way.text);
        let words: Vec<&str> = of.key.public.split(' ').take(2).collect();
        let public = words.join(" ");
        let gap = if options.is_empty() { "" } else { " " };
        let allowed = line.replace('L', &format!("{person} {options}{gap}{public}"));
        let other: Vec<&str> = of.other.public.split(' ').take(2).collect();
        let lists = revoked.replace('O', &other.join(" ")).replacen('K', &public, 1);
        let revoked = if revoked.contains('O') || revoked.contains('K') { lists } else { revoked.to_owned() };
        let text = envelope(of, sealed);
        let case = Case {
            allowed: &allowed,
            revoked: &revoked,
            block: &text,
            namespace: NAMESPACE,
            message: MESSAGE,
            by: if pick.as_per { "per.testesen" } else { "kari.testesen" },
            day: DAYS[pick.day],
        };
        // The line ends are the file's and not the block's: a checkout may have others, and the block is the same.
        let unix = text.replace("\r\n", "\n");
        let theirs = bench.openssh_accepts_at_its_end(&Case { block: &unix, ..case });
        let ours = case.ours_of_the_first().is_ok();
        let told = || {
            format!(
                "day {}, {} key, `{sealed}`\n{allowed}revoked: {revoked:?}\n",
                case.day, kinds[pick.key].0
            )
        };
        match (theirs, ours) {
            (true, true) => both += 1,
            (false, true) => wrong.push(format!("looser: {}", told())),
            (true, false) => {
                let why: Vec<&str> =
                    ways.iter().filter_map(|way| way.stricter).chain(kinds[pick.key].2).collect();
                if why.is_empty() {
                    wrong.push(format!("stricter without a reason: {}", told()));
                }
                reasons.extend(why);
            }
            (false, false) => {}
        }
    }
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
    let ways = [PEOPLE, OPTIONS, LINES, REVOKED, ENVELOPES].concat();
    let listed: BTreeSet<&str> =
        ways.iter().filter_map(|way| way.stricter).chain(kinds.iter().filter_map(|kind| kind.2)).collect();
    assert_eq!(reasons, listed, "each reason that is listed is met");
    assert!(both > 200, "{both} cases count for both");
}
