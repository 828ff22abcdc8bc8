//! Asks a service what it offers, by the three documents of discovery (RFC 7644 section 4).

use portvakt_core::store::StoreError;
use serde_json::Value;

use super::super::address::ServiceAddress;
use super::super::fault::RequestFault;
use super::super::map::{Map, Preconditions, Writes};
use super::super::offers::{Offers, Support};
use super::super::resource::members;
use super::super::wire::Ask;
use super::Service;

/// Asks the service for all three documents.
///
/// # Errors
/// When one of the documents cannot be fetched or read.
pub async fn discover(service: &Service, address: &ServiceAddress, map: &Map) -> Result<Offers, StoreError> {
    let mut offers = Offers::default();
    if let Some(config) = discovery_document(service, &["ServiceProviderConfig"]).await? {
        // Some services answer with a list of one.
        offers.read_config(members(&config).first().copied().unwrap_or(&config));
    }
    if let Some(types) = discovery_document(service, &["ResourceTypes"]).await? {
        offers
            .read_types(&types, address)
            .map_err(|why| StoreError::Answer { place: address.to_string(), why })?;
    }
    if let Some(schemas) = discovery_document(service, &["Schemas"]).await? {
        offers.read_schemas(&schemas, map);
    }
    if map.preconditions == Preconditions::Never {
        offers.versions = Support::No;
    }
    if map.writes == Writes::Put {
        offers.patch = Support::No;
    }
    tracing::debug!(?offers, "what the register offers");
    Ok(offers)
}

/// Reads one of the three documents. `None` if the service does not have it or does not show it.
async fn discovery_document(service: &Service, parts: &[&str]) -> Result<Option<Value>, StoreError> {
    let url = service.address().below(parts);
    match service.read(&Ask::read(url)).await {
        Ok(answer) => Ok(answer.body),
        Err(RequestFault::No { status: 403 | 404 | 405 | 410 | 501, .. }) => Ok(None),
        Err(fault) => Err(fault.store_error(&service.place())),
    }
}
