//! The subscription of a function with an `eventGridTrigger`.

use std::str::FromStr;

/// The subscription of a function to the changes of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSubscription {
    /// The function's name.
    pub function: String,
    /// The connection of the container's account, as named in a setting.
    pub connection: String,
    /// The container.
    pub container: String,
    /// The types of events, for example `Microsoft.Storage.BlobDeleted`.
    pub event_types: Vec<String>,
}

impl FromStr for EventSubscription {
    type Err = &'static str;

    /// Parses `FUNCTION=CONNECTION/CONTAINER:TYPE,TYPE`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            let (function, rest) = text.split_once('=')?;
            let (connection, rest) = rest.split_once('/')?;
            let (container, types) = rest.split_once(':')?;
            let event_types: Vec<_> = types.split(',').map(str::to_owned).collect();
            let is_complete = [function, connection, container]
                .into_iter()
                .chain(event_types.iter().map(String::as_str))
                .all(|part| !part.is_empty());
            is_complete.then(|| Self {
                function: function.to_owned(),
                connection: connection.to_owned(),
                container: container.to_owned(),
                event_types,
            })
        };
        parts().ok_or(
            "the form is FUNCTION=CONNECTION/CONTAINER:TYPE, for example \
             Remove=ImageStorage/uploads:Microsoft.Storage.BlobDeleted",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_has_four_parts() {
        let parsed: EventSubscription = "F=Images/uploads:A.Created,A.Deleted".parse().unwrap();
        assert_eq!(parsed.function, "F");
        assert_eq!(parsed.connection, "Images");
        assert_eq!(parsed.container, "uploads");
        assert_eq!(parsed.event_types, ["A.Created", "A.Deleted"]);
        for incomplete in [
            "F",
            "F=Images",
            "F=Images/uploads",
            "F=Images/uploads:",
            "=I/u:A",
        ] {
            assert!(
                incomplete.parse::<EventSubscription>().is_err(),
                "{incomplete}"
            );
        }
    }
}
