//! Binds the port that the host chose.

use std::{io, net::Ipv4Addr};

/// Binds the address at which the host will look for the handler: the loopback address and the port
/// in `FUNCTIONS_CUSTOMHANDLER_PORT`. Variables are read through `lookup`.
///
/// # Errors
///
/// [`io::ErrorKind::NotFound`] if the variable is missing, which means that no host started this
/// process; [`io::ErrorKind::InvalidInput`] if it is not a port; otherwise the error of binding.
pub fn listen(lookup: impl Fn(&str) -> Option<String>) -> io::Result<std::net::TcpListener> {
    let port = lookup("FUNCTIONS_CUSTOMHANDLER_PORT").ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "FUNCTIONS_CUSTOMHANDLER_PORT is not set: start this program through a Functions host",
        )
    })?;
    let port: u16 = port.parse().map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("FUNCTIONS_CUSTOMHANDLER_PORT is {port:?}, which is not a port number"),
        )
    })?;
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_loopback_only() {
        let listener = listen(|_| Some("0".to_owned())).unwrap();
        assert!(listener.local_addr().unwrap().ip().is_loopback());
    }

    #[test]
    fn says_what_is_wrong_with_the_port() {
        assert_eq!(
            listen(|_| None).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        let error = listen(|_| Some("eighty".to_owned())).unwrap_err();
        assert!(error.to_string().contains("\"eighty\""));
    }
}
