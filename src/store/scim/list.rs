//! Everybody, with proof: a list is believed when every page came, every page gave the same total, as many different
//! accounts came as the total says, and nothing follows the last. A doubt is looked at once more, more slowly; if it
//! stays, the list says why it is not whole (law: *absence needs proof*).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};
use reqwest::Method;
use serde_json::Value;

use super::index::{Index, Listed};
use super::map::Map;
use super::offers::Support;
use super::resource::{Form, Seen, count, field, get, id_of, read};
use super::service::Service;
use super::wire::{Ask, Fault};
use crate::model::AccountId;
use crate::store::{Account, Listing, StoreError};

/// The most accounts a service may have: beyond this, its total is no total.
const MOST: u64 = 5_000_000;

/// Accounts that are read to see whether the list leaves out what they have: more than one, as one may not answer.
const SAMPLES: usize = 3;

/// How the pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By number, several at once.
    Together,
    /// By number, one after the other, each after as many as have come.
    InTurn,
    /// By cursor.
    Cursor,
}

/// Whether a page has the size that is asked for, or any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Ours,
    Theirs,
}

struct Page {
    total: Option<u64>,
    start: Option<u64>,
    next: Option<String>,
    members: Vec<Value>,
}

/// What has come, and what speaks against it.
#[derive(Default)]
struct Gathered {
    accounts: Vec<Account>,
    ids: BTreeSet<AccountId>,
    index: Index,
    total: Option<u64>,
    received: u64,
    against: Option<String>,
    /// By what they lack, a few open accounts that lack it.
    samples: BTreeMap<Part, Vec<AccountId>>,
}

/// What an open account has as a rule, and a list may not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Roles,
    External,
    Email,
    Active,
}

impl Part {
    const ALL: [Self; 4] = [Self::Roles, Self::External, Self::Email, Self::Active];

    fn is_in(self, map: &Map, raw: &Value) -> bool {
        let attribute = match self {
            Self::Roles => &map.roles,
            Self::External => &map.external_id,
            Self::Email => &map.email,
            Self::Active => &map.active,
        };
        let value = get(raw, attribute);
        value.is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()))
    }
}

impl Gathered {
    fn doubt(&mut self, why: impl FnOnce() -> String) {
        if self.against.is_none() {
            self.against = Some(why());
        }
    }

    fn take(&mut self, service: &Service, page: Page) {
        match (self.total, page.total) {
            (None, total) => self.total = total,
            (Some(known), Some(total)) if known != total => {
                self.doubt(|| format!("it counted {known} accounts, and then {total}"));
            }
            _ => {}
        }
        for member in page.members {
            self.received += 1;
            match read(&service.map(), member, None) {
                Ok(seen) => self.one(service, seen),
                Err(why) => self.doubt(|| why),
            }
        }
    }

    fn one(&mut self, service: &Service, seen: Seen) {
        // A closed account lacks most of it by right.
        if seen.account.active && !service.learnt().bare_lists {
            for part in Part::ALL {
                let samples = self.samples.entry(part).or_default();
                if samples.len() < SAMPLES && !part.is_in(&service.map(), &seen.raw) {
                    samples.push(seen.account.id.clone());
                }
            }
        }
        if !self.ids.insert(seen.account.id.clone()) {
            self.doubt(|| format!("the account `{}` is listed twice", seen.account.id));
            return;
        }
        if service.learnt().form.is_none()
            && let Some(form) = Form::of(&service.map(), &seen.raw)
        {
            service.learn(|learnt| learnt.form = Some(form));
        }
        self.index.add(&seen);
        self.accounts.push(seen.account);
    }

    fn finish(mut self) -> (Listing, Index) {
        match self.total {
            Some(total) if total != self.received => {
                let received = self.received;
                self.doubt(|| format!("it counts {total} accounts, and {received} came"));
            }
            None => self.doubt(|| "it does not say how many accounts there are".to_owned()),
            Some(_) => {}
        }
        self.accounts.sort_by(|a, b| a.id.cmp(&b.id));
        self.index.incomplete.clone_from(&self.against);
        (Listing { accounts: self.accounts, incomplete: self.against }, self.index)
    }
}

impl Service {
    /// All accounts, open and closed.
    pub async fn list(&self) -> Result<Listing, StoreError> {
        self.wire.refresh(self.in_flight());
        let begun = Instant::now();
        let (listing, index) = self.read_all().await?;
        *self.index.lock().await = Some(Listed { begun, index: std::sync::Arc::new(index) });
        Ok(listing)
    }

    /// The same, with who is who.
    pub async fn read_all(&self) -> Result<(Listing, Index), StoreError> {
        let offers = self.offers().await?;
        let ways = match (offers.index, offers.cursor) {
            (Support::Yes, Support::Yes) => [Way::Together, Way::Cursor],
            (Support::No, Support::Yes) => [Way::Cursor, Way::Cursor],
            (_, Support::No) => [Way::Together, Way::InTurn],
        };
        let mut last = None;
        for way in ways {
            let mut all = match way {
                Way::Together => self.together().await?,
                Way::InTurn => self.in_turn().await?,
                Way::Cursor => self.by_cursor().await?,
            };
            self.fill(&mut all).await?;
            let (listing, index) = all.finish();
            match &listing.incomplete {
                None => return Ok((listing, index)),
                Some(why) => tracing::info!(%why, ?way, "the register's list is in doubt"),
            }
            last = Some((listing, index));
        }
        last.ok_or_else(|| self.odd("it cannot be listed".to_owned()))
    }

    async fn together(&self) -> Result<Gathered, StoreError> {
        let mut all = Gathered::default();
        let first = self.page(1).await?;
        let (size, total) = (first.members.len() as u64, first.total);
        all.take(self, first);
        if let Some(total) = total.filter(|total| *total > size && *total < MOST && size > 0) {
            let starts = (0..).map(|page| page * size + size + 1).take_while(|start| *start <= total);
            let mut pages = stream::iter(starts)
                .map(|start| async move { (start, self.page(start).await) })
                .buffered(self.in_flight());
            while let Some((start, page)) = pages.next().await {
                let page = page?;
                if page.start.is_some_and(|said| said != start) {
                    all.doubt(|| "it does not give the page that is asked for".to_owned());
                }
                all.take(self, page);
            }
        }
        self.nothing_follows(&mut all).await;
        Ok(all)
    }

    async fn in_turn(&self) -> Result<Gathered, StoreError> {
        let mut all = Gathered::default();
        loop {
            let page = self.page(all.received + 1).await?;
            let came = page.members.len();
            all.take(self, page);
            // Without a total it goes on until nothing comes, so that nobody who is there is taken for new.
            let over = all.total.is_some_and(|total| all.received >= total);
            if came == 0 || over || all.received >= MOST || all.against.is_some() {
                break;
            }
        }
        self.nothing_follows(&mut all).await;
        Ok(all)
    }

    /// Some lists show less of an account than the account itself: what an open one in it lacks is looked for in the
    /// account, and where it is found there, every account of the list is read by itself.
    async fn fill(&self, all: &mut Gathered) -> Result<(), StoreError> {
        let mut bare = self.learnt().bare_lists;
        for (part, samples) in std::mem::take(&mut all.samples) {
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
                all.doubt(|| format!("what its list leaves out cannot be looked for: {why}"));
            }
        }
        if bare && !self.learnt().bare_lists {
            tracing::info!("the register's list shows less than its accounts; each is read by itself");
            self.learn(|learnt| learnt.bare_lists = true);
        }
        if !bare {
            return Ok(());
        }
        let ids: Vec<AccountId> = all.ids.iter().cloned().collect();
        let (mut accounts, mut index) = (Vec::with_capacity(ids.len()), Index::default());
        let mut reads =
            stream::iter(ids).map(|id| async move { self.get(&id).await }).buffered(self.in_flight());
        while let Some(read) = reads.next().await {
            match read? {
                Some(seen) => {
                    index.add(&seen);
                    accounts.push(seen.account);
                }
                None => all.doubt(|| "an account of the list is not there".to_owned()),
            }
        }
        (all.accounts, all.index) = (accounts, index);
        Ok(())
    }

    /// A second look at the total, and past the last: a total that is the size of a page says nothing.
    async fn nothing_follows(&self, all: &mut Gathered) {
        if all.against.is_some() || all.received == 0 && all.total == Some(0) {
            return;
        }
        match self.page(all.received + 1).await {
            Ok(page) => {
                let fresh = |member: &Value| id_of(member).is_none_or(|id| !all.ids.contains(id.as_str()));
                if page.members.iter().any(fresh) {
                    all.doubt(|| "more accounts follow than it counts".to_owned());
                }
                if page.total != all.total {
                    all.doubt(|| "it counts differently when asked twice".to_owned());
                }
            }
            // Some refuse what lies past the end; their total is asked for where it was given before.
            Err(_) => match self.page(1).await {
                Ok(page) if page.total == all.total => {}
                _ => all.doubt(|| "asked for its total again, it gives none".to_owned()),
            },
        }
    }

    async fn by_cursor(&self) -> Result<Gathered, StoreError> {
        let offers = self.offers().await?;
        let mut all = Gathered::default();
        let mut cursor = String::new();
        loop {
            let mut url = self.users().await?;
            url.query_pairs_mut()
                .append_pair("count", &offers.page.to_string())
                .append_pair("cursor", &cursor);
            let page = match self.fetch(url).await {
                Ok(page) => page,
                // A cursor that has run out (RFC 9865 section 2.1): what came is not everybody.
                Err(Fault::No { status: 400, detail, .. }) if all.received > 0 => {
                    all.doubt(|| format!("its list broke off: {detail}"));
                    break;
                }
                Err(fault) => return Err(fault.told(&self.place())),
            };
            let (next, came) = (page.next.clone(), page.members.len());
            all.take(self, page);
            match next {
                Some(next) if next != cursor && came > 0 && all.received < MOST => cursor = next,
                None => break,
                Some(_) => {
                    all.doubt(|| "its list does not come to an end".to_owned());
                    break;
                }
            }
        }
        // A total may be left out with cursors; the other way of asking gives one.
        if all.total.is_none() && offers.index == Support::Yes {
            all.total = self.page(1).await?.total;
        }
        Ok(all)
    }

    async fn page(&self, start: u64) -> Result<Page, StoreError> {
        let sizeless = self.learnt().sizeless;
        let page = match self.numbered(start, if sizeless { Size::Theirs } else { Size::Ours }).await {
            Err(fault) if !sizeless && matches!(fault.status(), Some(400 | 500 | 501)) => {
                // Perhaps it is the size that it cannot take.
                match self.numbered(start, Size::Theirs).await {
                    Ok(page) => {
                        tracing::info!("the register gives pages of a size of its own only");
                        self.learn(|learnt| learnt.sizeless = true);
                        Ok(page)
                    }
                    Err(_) => Err(fault),
                }
            }
            page => page,
        };
        page.map_err(|fault| fault.told(&self.place()))
    }

    async fn numbered(&self, start: u64, size: Size) -> Result<Page, Fault> {
        let offers = self.offers().await.map_err(|why| Fault::Odd(why.to_string()))?;
        let mut url = self.users().await.map_err(|why| Fault::Odd(why.to_string()))?;
        url.query_pairs_mut().append_pair("startIndex", &start.to_string());
        if size == Size::Ours {
            url.query_pairs_mut().append_pair("count", &offers.page.to_string());
        }
        if offers.sort == Support::No || self.learnt().unsorted {
            return self.fetch(url).await;
        }
        let mut sorted = url.clone();
        sorted.query_pairs_mut().append_pair("sortBy", "id").append_pair("sortOrder", "ascending");
        match self.fetch(sorted).await {
            // It sorts, and not by this.
            Err(Fault::No { status: 400 | 500 | 501, .. }) => {
                let page = self.fetch(url).await;
                if page.is_ok() {
                    self.learn(|learnt| learnt.unsorted = true);
                }
                page
            }
            page => page,
        }
    }

    async fn fetch(&self, url: reqwest::Url) -> Result<Page, Fault> {
        let answer = self.read(&Ask { method: Method::GET, url, body: None, if_match: None }).await?;
        let list =
            answer.body.ok_or_else(|| Fault::Odd("asked for its accounts it gives nothing".to_owned()))?;
        let number = |name: &str| field(&list, name).and_then(count);
        let (total, start) = (number("totalResults"), number("startIndex"));
        let next = field(&list, "nextCursor").and_then(Value::as_str).filter(|next| !next.is_empty());
        let next = next.map(str::to_owned);
        let members = match list {
            Value::Object(mut list) => {
                let name = list.keys().find(|name| name.eq_ignore_ascii_case("Resources")).cloned();
                name.and_then(|name| list.remove(&name))
            }
            // Bare, without a word of how many there are.
            Value::Array(members) => Some(Value::Array(members)),
            _ => return Err(Fault::Odd("its list of accounts is none".to_owned())),
        };
        let members = match members {
            Some(Value::Array(members)) => members,
            // Left out where there are none (RFC 7644 section 3.4.2).
            None | Some(Value::Null) if total.is_some() => Vec::new(),
            _ => return Err(Fault::Odd("its list of accounts is none".to_owned())),
        };
        Ok(Page { total, start, next, members })
    }
}
