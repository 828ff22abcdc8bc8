//! Reads all accounts, with proof that the list is complete. A list is believed under four conditions. Every page
//! came, every page gave the same total, the number of different accounts is this total, and nothing follows the last
//! page. If there is a doubt, the list is read once more, more slowly. If the doubt stays, the list says why it is
//! not complete (law: *absence needs proof*).

mod fetch;
mod gathered;

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::AccountId;
use portvakt_core::store::{Listing, StoreError};

use super::fault::RequestFault;
use super::index::{Index, Listed};
use super::offers::{Offers, Paging, Support};
use super::page::{Part, Shown};
use super::resource::SeenAccount;
use super::service::Service;

use gathered::Gathered;
pub use gathered::Watch;

/// The most accounts a service may have. A larger total is not believed.
const MOST: u64 = 5_000_000;

/// The way in which pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Pages are asked for by number, several at once.
    Together,
    /// Pages are asked for by number, one after the other. Each begins after the accounts that have come.
    InTurn,
    /// Pages are asked for by the cursor of the page before (RFC 9865).
    Cursor,
}

/// Returns the ways to ask, in the order in which they are tried. They follow the service's announcement and its
/// default.
fn ways(offers: &Offers) -> [Way; 2] {
    match (offers.index, offers.cursor, offers.first) {
        (Support::Yes, Support::Yes, Paging::Cursor) => [Way::Cursor, Way::Together],
        (Support::Yes, Support::Yes, Paging::Index) => [Way::Together, Way::Cursor],
        (Support::No, Support::Yes, _) => [Way::Cursor, Way::Cursor],
        (_, Support::No, _) => [Way::Together, Way::InTurn],
    }
}

impl Service {
    /// Reads all accounts, open and closed.
    ///
    /// # Errors
    /// When the service cannot be asked. A list that is not complete is not an error.
    pub async fn list(&self) -> Result<Listing, StoreError> {
        self.refresh();
        let begun = Instant::now();
        let (listing, index) = self.read_all(&mut |_| {}).await?;
        *self.index.lock().await = Some(Listed { begun, index: Arc::new(index), accounts: None });
        Ok(listing)
    }

    /// Reads all accounts, and returns the index of the list too.
    ///
    /// # Errors
    /// When the service cannot be asked. A list that is not complete is not an error.
    pub async fn read_all(&self, watch: Watch<'_>) -> Result<(Listing, Index), StoreError> {
        let offers = self.offers().await?;
        let mut last = None;
        for way in ways(offers) {
            let mut all = match way {
                Way::Together => self.together(&mut *watch).await?,
                Way::InTurn => self.in_turn(&mut *watch).await?,
                Way::Cursor => self.by_cursor(&mut *watch).await?,
            };
            // Both checks run after the last page, and at the same time. If the service offers both ways, a list by
            // cursor is also compared with a page by number.
            let (follows, (shows_less, unread)) = match (way, offers.index) {
                (Way::Cursor, Support::No) => (None, self.shows_less(&all.samples).await),
                (Way::Together | Way::InTurn, _) | (Way::Cursor, Support::Yes) => {
                    tokio::join!(self.what_follows(&all), self.shows_less(&all.samples))
                }
            };
            for why in follows.into_iter().chain(unread) {
                all.doubt(|| why);
            }
            // An account that is read alone says more than the list.
            if shows_less {
                self.fill(&mut all).await?;
            }
            all.close_unsaid();
            let left = all.left_roles();
            let (listing, index) = all.finish();
            self.note_roles(left, &listing);
            match &listing.incomplete {
                None => return Ok((listing, index)),
                Some(why) => tracing::info!(why = why.en(), ?way, "the register's list is in doubt"),
            }
            last = Some((listing, index));
        }
        last.ok_or_else(|| self.odd(text!(en: "it cannot be listed", nb: "det kan ikke listes opp")))
    }

    /// Reads the list while other accounts are being opened. An account that it does not show proves nothing.
    ///
    /// # Errors
    /// When the service cannot be asked. A list that is not complete is not an error.
    pub async fn glance(&self, watch: Watch<'_>) -> Result<(), StoreError> {
        let offers = self.offers().await?;
        let [first, _] = ways(offers);
        match first {
            Way::Cursor => self.by_cursor(watch).await.map(drop),
            Way::Together | Way::InTurn => self.together(watch).await.map(drop),
        }
    }

    /// Reads pages by number, several at once. The first page shows where the others begin. Until it has come, the last
    /// list gives a guess. If the guess was wrong, the pages that were asked for with it are dropped.
    async fn together<'w>(&self, watch: Watch<'w>) -> Result<Gathered<'w>, StoreError> {
        let mut all = Gathered::new(watch);
        let (size, until) = self.learnt().paged.unwrap_or((1, 1));
        let (next, size, until) = (Cell::new(1), Cell::new(size), Cell::new(until));
        loop {
            let starts = std::iter::from_fn(|| {
                let start = next.get();
                (start <= until.get()).then(|| {
                    next.set(start + size.get());
                    start
                })
            });
            let mut pages = stream::iter(starts)
                .map(|start| async move { (start, self.page(start).await) })
                .buffered(self.in_flight());
            while let Some((start, page)) = pages.next().await {
                let page = page?;
                let (came, total) = (page.members.len() as u64, page.total);
                if start > 1 && page.start.is_some_and(|said| said != start) {
                    all.doubt(|| {
                        text!(
                            en: "it does not give the page that is asked for",
                            nb: "det gir ikke den siden det blir spurt om"
                        )
                    });
                }
                all.take(self, page);
                if start > 1 {
                    continue;
                }
                until.set(total.filter(|total| *total > came && *total < MOST && came > 0).unwrap_or(0));
                let asked = next.get() - size.get();
                if came != size.get() || asked > until.get().max(1) {
                    next.set(1 + came);
                    size.set(came);
                    break;
                }
            }
            drop(pages);
            if next.get() > until.get() {
                break;
            }
        }
        if until.get() > 0 {
            self.learn(|learnt| learnt.paged = Some((size.get(), until.get())));
        }
        Ok(all)
    }

    async fn in_turn<'w>(&self, watch: Watch<'w>) -> Result<Gathered<'w>, StoreError> {
        let mut all = Gathered::new(watch);
        loop {
            let page = self.page(all.received + 1).await?;
            let came = page.members.len();
            all.take(self, page);
            // Without a total, reading continues until an empty page comes. Otherwise an existing account could be
            // taken for a new one.
            let over = all.total.is_some_and(|total| all.received >= total);
            if came == 0 || over || all.received >= MOST || all.against.is_some() {
                break;
            }
        }
        Ok(all)
    }

    /// Checks whether the list shows less of an account than the account itself. A part that an open account lacks in
    /// the list is looked for in the account. It returns whether such a part was found, now or before, and the reason
    /// if a part could not be looked for.
    async fn shows_less(&self, samples: &BTreeMap<Part, Vec<AccountId>>) -> (bool, Option<Text>) {
        let mut bare = self.learnt().bare_lists;
        let mut doubt = None;
        for (part, samples) in samples {
            let mut unread = None;
            for id in samples.iter().filter(|_| !bare) {
                match self.get(id).await {
                    Ok(seen) => {
                        bare = seen.is_some_and(|seen| part.is_in(&self.map(), &seen.raw));
                        unread = None;
                        break;
                    }
                    Err(why) => unread = Some(why),
                }
            }
            if let Some(why) = unread {
                let why = why.words();
                doubt.get_or_insert_with(|| {
                    text!(
                        with why;
                        en: "what its list leaves out cannot be looked for: {why}",
                        nb: "det kan ikke letes etter det som listen utelater: {why}"
                    )
                });
            }
        }
        if bare && !self.learnt().bare_lists {
            tracing::info!("the register's list shows less than its accounts; each is read by itself");
            self.learn(|learnt| learnt.bare_lists = true);
        }
        (bare, doubt)
    }

    /// Reads every account of the list alone.
    async fn fill(&self, all: &mut Gathered<'_>) -> Result<(), StoreError> {
        let listed = std::mem::take(&mut all.accounts);
        all.other_roles.clear();
        let (mut accounts, mut index) = (Vec::with_capacity(listed.len()), Index::default());
        let mut unsaid = HashSet::new();
        let mut reads = stream::iter(listed)
            .map(|listed| async move {
                let read = self.get(&listed.id).await;
                (listed, read)
            })
            .buffered(self.in_flight());
        while let Some((listed, read)) = reads.next().await {
            match read? {
                Some(SeenAccount { account, opening, says_active, other_role, .. }) => {
                    (all.watch)(&account);
                    all.note_role(&account, says_active, other_role);
                    if says_active.is_none() && account.active {
                        unsaid.insert(account.id.clone());
                    }
                    index.add(&account, opening);
                    accounts.push(account);
                }
                None => {
                    // The list names it, so it is not taken for gone.
                    index.add(&listed, None);
                    all.doubt(|| {
                        text!(
                            en: "an account of the list is not there",
                            nb: "en konto på listen finnes ikke"
                        )
                    });
                }
            }
        }
        all.filled((accounts, index), unsaid, self.learnt().says_active);
        Ok(())
    }

    /// Asks for the total again, and for accounts after the last one, because the total may only be the size of a
    /// page. It returns a reason to doubt the list, if there is one.
    async fn what_follows(&self, all: &Gathered<'_>) -> Option<Text> {
        if all.against.is_some() || all.received == 0 && all.total == Some(0) {
            return None;
        }
        match self.page(all.received + 1).await {
            Ok(page) => {
                let fresh = |member: &Result<Shown, Text>| {
                    member.as_ref().map_or(true, |shown| !all.ids.contains(&shown.account.id))
                };
                if page.members.iter().any(fresh) {
                    return Some(text!(
                        en: "more accounts follow than it counts",
                        nb: "det følger flere kontoer enn det teller"
                    ));
                }
                (page.total != all.total).then(|| {
                    text!(
                        en: "it counts differently when asked twice",
                        nb: "det teller ulikt når det blir spurt to ganger"
                    )
                })
            }
            // Some services refuse a page past the end. Then the first page is asked for its total.
            Err(_) => match self.page(1).await {
                Ok(page) if page.total == all.total => None,
                _ => Some(text!(
                    en: "asked for its total again, it gives none",
                    nb: "spurt om antallet en gang til oppgir det ikke noe"
                )),
            },
        }
    }

    async fn by_cursor<'w>(&self, watch: Watch<'w>) -> Result<Gathered<'w>, StoreError> {
        let offers = self.offers().await?;
        let mut all = Gathered::new(watch);
        let mut cursor = String::new();
        let mut is_at_its_end = false;
        loop {
            let size = self.page_size().await?;
            let mut url = self.users().await?;
            url.query_pairs_mut().append_pair("count", &size.to_string()).append_pair("cursor", &cursor);
            self.name_attributes(&mut url).await?;
            let page = match self.fetch(url).await {
                Ok(page) => page,
                // The cursor has run out (RFC 9865 section 2.1), so the accounts that came are not all of them.
                Err(RequestFault::No { status: 400, detail, .. }) if all.received > 0 => {
                    all.doubt(|| {
                        text!(
                            en: "its list broke off: {detail}",
                            nb: "listen ble avbrutt: «{detail}»"
                        )
                    });
                    break;
                }
                Err(fault) => return Err(fault.store_error(&self.place())),
            };
            let (next, came) = (page.next.clone(), page.members.len());
            all.take(self, page);
            match next {
                Some(next) if next != cursor && came > 0 && all.received < MOST => cursor = next,
                None => {
                    is_at_its_end = true;
                    break;
                }
                Some(_) => {
                    all.doubt(|| text!(en: "its list does not come to an end", nb: "listen tar ikke slutt"));
                    break;
                }
            }
        }
        // A service may leave out the total with cursors. A page by number gives it.
        if all.total.is_none() && offers.index == Support::Yes {
            all.total = self.page(1).await?.total;
        }
        // A list by cursor has an end of its own: a page that names no next one (RFC 9865 section 2.1). So it needs no
        // total, where there are no pages by number to ask for one.
        if all.total.is_none() && offers.index == Support::No && is_at_its_end {
            all.total = Some(all.received);
        }
        Ok(all)
    }
}
