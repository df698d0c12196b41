//! The storage accounts that functions and settings name.

use std::{cell::RefCell, collections::HashMap};

use connections::{ConnectionError, StorageConnection};

/// Accounts by the names of their connections. Each is created once, so that its containers share
/// its network connections and the tokens of its identity.
pub struct Accounts<L> {
    lookup: L,
    known: RefCell<HashMap<String, StorageConnection>>,
}

impl<L: Fn(&str) -> Option<String>> Accounts<L> {
    /// Starts without accounts. `lookup` reads settings.
    pub fn new(lookup: L) -> Self {
        Self {
            lookup,
            known: RefCell::default(),
        }
    }

    /// The account of this connection.
    pub fn get(&self, connection: &str) -> Result<StorageConnection, ConnectionError> {
        if let Some(known) = self.known.borrow().get(connection) {
            return Ok(known.clone());
        }
        // Patience does the retries and remembers which requests got no answer.
        let account = StorageConnection::from_settings(connection, &self.lookup)?.without_retries();
        let mut known = self.known.borrow_mut();
        known.insert(connection.to_owned(), account.clone());
        Ok(account)
    }
}
