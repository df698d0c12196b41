//! Runs the built handler as an operator does.

use tokio::process::Command;

use super::stack::Stack;

/// The output of a command.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) text: String,
}

impl Stack {
    /// Runs `darkroom` with these arguments in the script root, with the settings of the app.
    pub(crate) async fn operate(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_darkroom"))
            .args(arguments)
            .current_dir(self.root.path())
            .envs(&self.settings)
            .output()
            .await
            .expect("the handler's executable runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        Said {
            status: output.status.code().unwrap_or(-1),
            text,
        }
    }
}

impl Said {
    /// The output of a command that has succeeded.
    pub(crate) fn well(self) -> String {
        assert_eq!(self.status, 0, "{}", self.text);
        self.text
    }

    /// The number at the beginning of the line that ends in `what`.
    pub(crate) fn number(&self, what: &str) -> u64 {
        let line = self.text.lines().find(|line| line.ends_with(what));
        let line = line.unwrap_or_else(|| panic!("no line ends in {what:?}:\n{}", self.text));
        let number = line.split_whitespace().next().expect("a number");
        number.parse().expect("a number")
    }
}
