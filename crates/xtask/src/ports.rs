//! The ports of the local services, and the connection strings for them.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};

/// The account of the storage emulators and its key, which Microsoft publishes, so that it protects
/// nothing. Source: <https://learn.microsoft.com/azure/storage/common/storage-connect-azurite>.
const STORAGE_ACCOUNT: &str = "devstoreaccount1";
const STORAGE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// The key of the Cosmos DB emulators, which is public, too. Source:
/// <https://learn.microsoft.com/azure/cosmos-db/emulator>.
const COSMOS_KEY: &str =
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

/// The ports of the local stack. The defaults are the emulators' own, which tools such as Storage
/// Explorer expect.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_field_names, reason = "clap names the flags after them")]
pub(crate) struct Ports {
    /// Port of Blob Storage
    #[arg(long, value_name = "PORT", default_value_t = Self::default().blob_port)]
    pub(crate) blob_port: u16,
    /// Port of Queue Storage
    #[arg(long, value_name = "PORT", default_value_t = Self::default().queue_port)]
    pub(crate) queue_port: u16,
    /// Port of Table Storage
    #[arg(long, value_name = "PORT", default_value_t = Self::default().table_port)]
    pub(crate) table_port: u16,
    /// Port of Cosmos DB
    #[arg(long, value_name = "PORT", default_value_t = Self::default().cosmos_port)]
    pub(crate) cosmos_port: u16,
    /// Port of the Functions host
    #[arg(long, value_name = "PORT", default_value_t = Self::default().host_port)]
    pub(crate) host_port: u16,
    /// Port of the web application
    #[arg(long, value_name = "PORT", default_value_t = Self::default().web_port)]
    pub(crate) web_port: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            blob_port: 10_000,
            queue_port: 10_001,
            table_port: 10_002,
            cosmos_port: 8_081,
            host_port: 7_071,
            web_port: 8_080,
        }
    }
}

impl Ports {
    /// Fails if something already listens on a port, before anything is built or started.
    pub(crate) fn ensure_free(&self) -> Result<()> {
        for (port, service, flag) in [
            (self.blob_port, "Blob Storage", "--blob-port"),
            (self.queue_port, "Queue Storage", "--queue-port"),
            (self.table_port, "Table Storage", "--table-port"),
            (self.cosmos_port, "Cosmos DB", "--cosmos-port"),
            (self.host_port, "the Functions host", "--host-port"),
            (self.web_port, "the web application", "--web-port"),
        ] {
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
                bail!(
                    "port {port} ({service}) is in use, perhaps by another `./dev run`: stop the \
                     program that listens there, or choose another port with {flag}"
                );
            }
        }
        Ok(())
    }

    /// The connection string of the storage account on these ports.
    pub(crate) fn storage(&self) -> String {
        let endpoint =
            |service: &str, port: u16| format!("{service}Endpoint={}", storage_endpoint(port));
        [
            format!("DefaultEndpointsProtocol=http;AccountName={STORAGE_ACCOUNT};AccountKey={STORAGE_KEY}"),
            endpoint("Blob", self.blob_port),
            endpoint("Queue", self.queue_port),
            endpoint("Table", self.table_port),
        ]
        .join(";")
    }

    /// The connection string of the Cosmos DB account on these ports.
    pub(crate) fn cosmos(&self) -> String {
        format!(
            "AccountEndpoint={};AccountKey={COSMOS_KEY}",
            self.cosmos_endpoint()
        )
    }

    /// The address of blobs.
    pub(crate) fn blob_endpoint(&self) -> String {
        storage_endpoint(self.blob_port)
    }

    /// The address of records.
    pub(crate) fn cosmos_endpoint(&self) -> String {
        // It uses the name, because the SDK accepts plain HTTP only for `localhost`.
        format!("http://localhost:{}/", self.cosmos_port)
    }
}

fn storage_endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}/{STORAGE_ACCOUNT}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(blob_port: u16) -> Ports {
        Ports {
            blob_port,
            queue_port: 0,
            table_port: 0,
            cosmos_port: 0,
            host_port: 0,
            web_port: 0,
        }
    }

    #[test]
    fn a_taken_port_is_named_with_its_flag() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = ports(port).ensure_free().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("port {port} (Blob Storage) is in use")),
            "{error}"
        );
        assert!(error.ends_with("--blob-port"), "{error}");
        drop(listener);
        ports(port).ensure_free().unwrap();
    }

    #[test]
    fn the_connection_strings_are_understood() {
        let ports = ports(11_000);
        let lookup = |name: &str| match name {
            "Storage" => Some(ports.storage()),
            "Cosmos" => Some(ports.cosmos()),
            _ => None,
        };
        let storage = connections::StorageConnection::from_settings("Storage", lookup).unwrap();
        assert_eq!(
            storage.blob_endpoint().unwrap().as_str(),
            ports.blob_endpoint()
        );
        let cosmos = connections::CosmosConnection::from_settings("Cosmos", lookup).unwrap();
        assert_eq!(cosmos.endpoint().as_str(), "http://localhost:0/");
    }
}
