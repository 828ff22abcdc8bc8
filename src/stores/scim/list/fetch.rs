//! Reads one page of the list as the service can give it. Some services fail on a page size, some on being asked to
//! sort, and some give pages that are too large to read.

use portvakt_core::store::StoreError;

use super::super::fault::{RequestFault, gives_no_accounts};
use super::super::offers::Support;
use super::super::page::ListPage;
use super::super::service::Service;
use super::super::wire::Ask;

/// Whether a page has the size that we ask for, or the service's own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Ours,
    Theirs,
}

impl Service {
    pub(super) async fn page(&self, start: u64) -> Result<ListPage, StoreError> {
        loop {
            let size = self.page_size().await?;
            match self.page_as_given(start).await {
                Err(RequestFault::Large(_)) if self.halves(size) => {}
                page => return page.map_err(|fault| fault.store_error(&self.place())),
            }
        }
    }

    /// Returns the number of accounts to ask for in one page.
    pub(super) async fn page_size(&self) -> Result<usize, StoreError> {
        let offers = self.offers().await?;
        Ok(self.learnt().page.unwrap_or(offers.page))
    }

    /// Asks for half as many accounts from now on, since a page of this size was too large. Accounts may have
    /// pictures. It returns whether there is a smaller page to ask for.
    fn halves(&self, size: usize) -> bool {
        let half = size / 2;
        if half == 0 || self.learnt().sizeless {
            self.learn(|learnt| learnt.page = None);
            return false;
        }
        tracing::info!(
            accounts = half,
            "the register's pages are too large; fewer accounts are asked for at once"
        );
        // Another page that was asked for together with this one may have been halved already.
        self.learn(|learnt| learnt.page = Some(learnt.page.unwrap_or(half).min(half)));
        true
    }

    async fn page_as_given(&self, start: u64) -> Result<ListPage, RequestFault> {
        let sizeless = self.learnt().sizeless;
        match self.numbered(start, if sizeless { Size::Theirs } else { Size::Ours }).await {
            Err(fault) if !sizeless && matches!(fault.status(), Some(400 | 500 | 501)) => {
                // The page size may be the reason.
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
        }
    }

    async fn numbered(&self, start: u64, size: Size) -> Result<ListPage, RequestFault> {
        let offers = self.offers().await.map_err(|why| RequestFault::Odd(why.words()))?;
        let mut url = self.users().await.map_err(|why| RequestFault::Odd(why.words()))?;
        url.query_pairs_mut().append_pair("startIndex", &start.to_string());
        if size == Size::Ours {
            let asked = self.page_size().await.map_err(|why| RequestFault::Odd(why.words()))?;
            url.query_pairs_mut().append_pair("count", &asked.to_string());
        }
        self.name_attributes(&mut url).await.map_err(|why| RequestFault::Odd(why.words()))?;
        if offers.sort == Support::No || self.learnt().unsorted {
            return self.fetch(url).await;
        }
        let mut sorted = url.clone();
        sorted.query_pairs_mut().append_pair("sortBy", "id").append_pair("sortOrder", "ascending");
        match self.fetch(sorted).await {
            // The service sorts, but perhaps not by this attribute.
            Err(RequestFault::No { status: 400 | 500 | 501, .. }) => {
                let page = self.fetch(url).await;
                if page.is_ok() {
                    self.learn(|learnt| learnt.unsorted = true);
                }
                page
            }
            page => page,
        }
    }

    pub(super) async fn fetch(&self, url: reqwest::Url) -> Result<ListPage, RequestFault> {
        let map = self.map();
        let answer = self.read(&Ask::page(url, &map)).await?;
        answer.page.ok_or_else(|| RequestFault::Odd(gives_no_accounts()))
    }
}
