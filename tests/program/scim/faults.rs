//! Tests each fault of a service alone, from the first pass on. The run ends correctly, or holds the steps that it
//! cannot prove, or stops with the reason. In all cases nobody has access that they should not have, and nobody loses
//! access that they should keep.

use portvakt_core::diag::Code;
use portvakt_core::model::AccountId;
use portvakt_core::plan::{Detail, Effect};
use portvakt_core::store::WriteStore;
use portvakt_engine::reconcile::engine::{Engine, Passed};
use portvakt_stores::scim::{Scim, ScimSettings};

use super::loopback::{Fault, Loopback};
use super::story::{self, Bench};
use super::world::{Rights, World, held, pass};

/// The way in which a run ends.
enum End {
    /// The run ends as if nothing were wrong.
    Right,
    /// Access is given. Nothing is taken away because it is absent, and a finding says so.
    Holds(&'static str),
    /// Some steps never succeed, and this is said of them.
    Fails(&'static str),
    /// No pass ends, and a finding says so.
    Stops(&'static str),
}

const PASSES: usize = 14;

const LEAVER: (&str, &str) = ("helse-stavanger/aksel.demostad.yaml", "aksel.demostad");

struct Run {
    service: Loopback,
    engine: Engine,
    said: Vec<String>,
}

impl Run {
    /// Makes passes until one has nothing left to do, or none will.
    fn passes(&mut self, limits: (&Rights, &Rights)) -> Option<Passed> {
        let (least, most) = limits;
        let (mut last, mut still) = (None, 0);
        let mut before = self.service.users();
        for _ in 0..PASSES {
            last = match pass(&mut self.engine) {
                Ok(passed) => Some(passed),
                Err(error) => {
                    self.said.push(error.finding().message.en().to_owned());
                    None
                }
            };
            let now = held(&self.service);
            assert!(now.is_subset(most), "somebody was given what no file gives: {:?}", now.difference(most));
            assert!(least.is_subset(&now), "somebody has lost what they keep: {:?}", least.difference(&now));
            if let Some(passed) = &last {
                self.said.extend(passed.carried.failed.iter().map(|(_, why)| why.to_string()));
                let incomplete = passed.decided.findings.iter().filter(|f| f.code == Code::StoreIncomplete);
                self.said.extend(incomplete.map(|finding| finding.message.en().to_owned()));
                if passed.carried.failed.is_empty() && passed.decided.plan.steps.is_empty() {
                    break;
                }
            }
            let after = self.service.users();
            still = if after == before { still + 1 } else { 0 };
            before = after;
            if still == 3 {
                break;
            }
        }
        last
    }
}

fn run(faults: &[Fault], end: &End) {
    let service = Loopback::start(faults);
    let world = World::accepted(&service.place());
    let should = world.should();
    let engine = world.engine();
    let mut run = Run { service, engine, said: Vec::new() };
    let first = run.passes((&Rights::new(), &should));
    let reached = held(&run.service);

    std::fs::remove_file(world.file(LEAVER.0)).unwrap();
    let after: Rights = should.iter().filter(|(person, _)| person != LEAVER.1).cloned().collect();
    assert!(after.len() < should.len());
    let kept: Rights = reached.intersection(&after).cloned().collect();
    let second = run.passes((&kept, &should));
    let now = held(&run.service);
    let said = run.said.join("\n");
    match end {
        End::Right => {
            assert_eq!(reached, should, "{said}");
            assert_eq!(now, after, "{said}");
            let leaver =
                run.service.users().into_iter().find(|user| {
                    user["externalId"].as_str().is_some_and(|value| value.starts_with(LEAVER.1))
                });
            let leaver = leaver.unwrap();
            assert!(
                leaver["active"] == false
                    && leaver.get("emails").is_none_or(|mails| mails == &serde_json::json!([]))
            );
            assert!(first.is_some() && second.is_some());
        }
        End::Holds(words) => {
            assert_eq!(reached, should, "{said}");
            assert_eq!(now, should, "nothing is taken away for being absent\n{said}");
            assert!(said.contains(words), "{said}");
        }
        End::Fails(words) => {
            assert!(said.contains(words), "{said}");
            assert!(!second.unwrap().carried.failed.is_empty());
        }
        End::Stops(words) => {
            assert!(first.is_none() && second.is_none() && reached.is_empty());
            assert!(said.contains(words), "{said}");
        }
    }
}

impl Bench for Loopback {
    fn store(&self) -> Box<dyn WriteStore> {
        Box::new(Scim::new(&ScimSettings::new(self.place().parse().unwrap())).unwrap())
    }

    fn many(&self) -> usize {
        150
    }
}

/// The tests cover services with versions, without versions, with PUT alone, and without a PATCH that removes an
/// address.
#[test]
fn the_story_on_a_service_that_behaves_and_on_some_that_do_not() {
    for faults in [
        &[][..],
        &[Fault::OldVersionsTaken],
        &[Fault::NothingAnnounced],
        &[Fault::AddressesStay],
        &[Fault::Bulk],
        &[Fault::RolesAreTexts],
        &[Fault::NumberedIds, Fault::WordlessYes],
    ] {
        story::tell(&Loopback::start(faults));
    }
}

/// The kind of `passes::a_login_that_stays_reserved_is_told_with_the_way_out` where the account is open.
#[test]
fn a_new_login_of_an_open_account_that_is_taken_is_told_with_the_way_out() {
    let service = Loopback::start(&[Fault::LoginsStayTaken]);
    let mut store = service.store();
    let mut ids = Vec::new();
    for (person, login) in [("kari.testesen", "kari"), ("ola.testesen", "ola")] {
        let step = story::new_step(person, Some(login), None, &[story::right(100_082, "LU")]);
        let done = story::perform(store.as_mut(), &[step], &[Some(story::never())]).remove(0).done;
        ids.push(done.unwrap().account.unwrap());
    }
    let mut renamed = |id: &AccountId, name: &str, login: &str| {
        let amend = Effect::Amend {
            name: name.to_owned(),
            login: Some(login.to_owned()),
            email: None,
            changed: [Detail::Login].into(),
        };
        story::perform(store.as_mut(), &[story::on(id, amend)], &[]).remove(0).done
    };
    renamed(&ids[0], "kari.testesen Testesen", "kari.e").unwrap();
    let told = renamed(&ids[1], "ola.testesen Testesen", "kari").unwrap_err().to_string();
    assert!(told.contains("409") && told.contains("who has `kari`, or for whom it is kept"), "{told}");
    let users = service.users();
    let ola = users.iter().find(|user| user["id"] == ids[1].as_str()).unwrap();
    assert_eq!(ola["userName"], "ola");
}

/// Nobody keeps an access because the service insists on something else.
#[test]
fn who_leaves_loses_what_the_service_lets_go() {
    for (fault, left) in [
        (Fault::AddressNeeded, "e-mail address"),
        (Fault::RoleNeeded, "still has the right"),
        (Fault::StaysActive, "is still open"),
    ] {
        let service = Loopback::start(&[]);
        let world = World::accepted(&service.place());
        let mut engine = world.engine();
        assert!(pass(&mut engine).unwrap().carried.failed.is_empty());
        let leaver = || {
            let is = |user: &serde_json::Value| {
                user["externalId"].as_str().is_some_and(|value| value.starts_with(LEAVER.1))
            };
            service.users().into_iter().find(is).unwrap()
        };
        let id = leaver()["id"].as_str().unwrap().to_owned();
        let address = serde_json::json!([{"value": "aksel.demostad@example.test"}]);
        service.by_hand(&id, |raw| raw["emails"] = address);
        service.set(&[fault]);
        std::fs::remove_file(world.file(LEAVER.0)).unwrap();
        let passed = pass(&mut engine).unwrap();
        let told: Vec<String> = passed.carried.failed.iter().map(|(_, why)| why.to_string()).collect();
        assert!(told.iter().any(|why| why.contains("insists") && why.contains(left)), "{told:?}");
        let has = |name: &str| leaver()[name].as_array().is_some_and(|list| !list.is_empty());
        assert_eq!(leaver()["active"] == true, fault == Fault::StaysActive, "{}", leaver());
        assert_eq!(has("roles"), fault == Fault::RoleNeeded, "{}", leaver());
        assert_eq!(has("emails"), fault == Fault::AddressNeeded, "{}", leaver());

        service.set(&[]);
        assert!(pass(&mut engine).unwrap().carried.failed.is_empty());
        assert!(leaver()["active"] == false && !has("roles") && !has("emails"), "{}", leaver());
    }
}

macro_rules! faults {
    ($($name:ident $($fault:ident)+, $end:expr;)*) => {
        $(#[test] fn $name() { run(&[$(Fault::$fault),+], &$end); })*
    };
}

faults! {
    an_add_that_replaces AddReplaces, End::Right;
    roles_that_are_dropped_with_a_yes RolesDropped, End::Right;
    an_empty_list_that_is_ignored EmptyListIgnored, End::Right;
    a_removal_that_is_refused RemoveRefused, End::Right;
    addresses_that_no_patch_removes AddressesStay, End::Right;
    a_page_size_that_makes_it_fail CountFails, End::Right;
    the_first_page_each_time FirstPageAlways, End::Holds("is listed twice");
    everybody_on_each_page EverybodyAlways, End::Right;
    a_total_of_the_page TotalOfPage, End::Holds("more accounts follow");
    a_total_that_is_too_high TotalTooHigh, End::Holds("came");
    a_total_that_wavers TotalWavers, End::Holds("count");
    pages_shorter_than_asked_for ShortPages, End::Right;
    pages_that_overlap Repeats, End::Holds("is listed twice");
    answers_that_are_lost AnswersLost, End::Right;
    requests_that_are_lost RequestsLost, End::Right;
    half_of_the_new_accounts_fail HalfFails, End::Right;
    failures_after_writing FailsAfterWriting, End::Right;
    old_versions_that_are_taken OldVersionsTaken, End::Right;
    versions_that_are_all_refused NoVersionTaken, End::Fails("preconditions: never");
    headers_with_another_version_each_time HeaderVersions, End::Right;
    an_active_that_is_left_out_where_it_is_false ActiveLeftOut, End::Right;
    reads_that_lag Lags, End::Right;
    a_patch_that_does_a_part PatchNotAtomic, End::Right;
    nothing_announced NothingAnnounced, End::Right;
    one_failure_that_makes_others_fail OneFailsMore, End::Right;
    too_many_requests Throttles, End::Right;
    one_account_that_waits_for_ever OneWaitsForEver, End::Fails("come back much later");
    a_login_taken_by_nobody TakenByNobody, End::Fails("shows nobody with the login");
    an_attribute_that_is_not_kept Forgetful, End::Fails("external-id");
    not_found_by_something_on_the_way ProxyNotFound, End::Fails("not shown yet");
    sent_elsewhere Redirects, End::Stops("not followed");
    an_answer_without_end Endless, End::Stops("larger than");
    an_answer_that_is_a_page_for_people Gibberish, End::Stops("not JSON");
    a_yes_that_changes_nothing SaysYes, End::Fails("still has the right");
    roles_that_are_texts RolesAreTexts, End::Right;
    ids_that_are_numbers NumberedIds, End::Right;
    another_case CaseChanged, End::Right;
    a_yes_without_a_body WordlessYes, End::Right;
    a_yes_in_words WordyYes, End::Right;
    a_list_without_a_total NoTotal, End::Holds("does not say how many");
    a_list_that_is_bare ListBare, End::Holds("does not say how many");
    counts_that_are_texts CountsAsTexts, End::Right;
    active_that_is_a_text ActiveAsText, End::Right;
    no_schemas NoSchemas, End::Right;
    an_answer_about_another_person NamesAnother, End::Right;
    many_answers_about_another_person Bulk NamesAnother, End::Right;
    nobody_that_is_left_out NobodyLeftOut, End::Right;
    json_by_its_plain_name PlainJson, End::Right;
    strong_versions StrongVersions, End::Right;
    versions_that_are_lacking VersionsLacking, End::Right;
    roles_that_come_back_decorated RolesDecorated, End::Right;
    lists_that_show_less BareLists, End::Right;
    sorting_that_makes_it_fail SortFails, End::Right;
    taken_in_other_words TakenInOtherWords, End::Right;
    a_byte_order_mark ByteOrderMark, End::Right;
    many_in_one_request Bulk, End::Right;
    many_in_one_request_refused BulkRefused, End::Right;
    many_in_one_request_unanswered BulkLost, End::Right;
    many_in_one_request_half_done BulkHalf, End::Right;
    many_in_one_request_wordless BulkWordless, End::Right;
    many_in_one_request_that_lag Bulk Lags, End::Right;
    many_in_one_request_without_their_roles Bulk RolesDropped, End::Right;
    many_in_one_request_that_are_not_kept Bulk Forgetful, End::Fails("external-id");
    many_in_one_request_as_texts Bulk RolesAreTexts ListBare, End::Holds("does not say how many");
    many_in_one_request_on_a_bad_line Bulk AnswersLost Throttles, End::Right;
    many_in_one_request_of_lists_that_show_less BulkLost BareLists NumberedIds, End::Right;
    texts_where_nothing_is_announced RolesAreTexts NothingAnnounced, End::Right;
    another_case_and_old_versions CaseChanged OldVersionsTaken WordyYes, End::Right;
    little_said_and_much_lost BareLists RequestsLost WordlessYes, End::Right;
    many_in_one_request_of_totals_that_waver Bulk TotalWavers, End::Holds("count");
    many_in_one_request_of_pages_that_overlap Bulk Repeats, End::Holds("is listed twice");
    an_offer_that_is_a_list ConfigInList Bulk, End::Right;
    pages_by_cursor CursorOnly, End::Right;
    pages_by_cursor_without_a_total CursorWithoutTotal, End::Right;
    roles_that_are_shown_on_request RolesOnRequest, End::Right;
    an_attribute_that_is_cut_off ExternalIdCut, End::Fails("external-id");
    pages_by_cursor_first CursorFirst, End::Right;
    a_cursor_that_is_not_understood CursorUnknown, End::Right;
    a_cursor_that_has_run_out CursorRunsOut, End::Holds("broke off");
    a_cursor_that_turns CursorTurns, End::Holds("does not come to an end");
}
