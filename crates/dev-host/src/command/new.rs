//! `new`: creates a function app with one function.

mod name;
mod templates;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{error::CommandError, print_line};
use name::Name;
use templates::Trigger;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  functions-dev-host new greet                    a function that answers requests to /api/greet
  functions-dev-host new resize --trigger blob    a function that runs for each new blob

To try the function, type cd NAME and then functions-dev-host start --watch. Queues, blobs and timers
need storage: run Azurite (npx azurite --skipApiVersionCheck).")]
pub(crate) struct Options {
    /// The name of the function, its package and its folder. It starts with a letter and has only
    /// letters, digits, hyphens and underscores.
    name: Name,
    /// The trigger of the function.
    #[arg(long, value_enum, default_value_t = Trigger::Http)]
    trigger: Trigger,
    /// Depend on the crate in DIR/custom-handler instead of the one on crates.io.
    #[arg(long, value_name = "DIR")]
    path_to_crates: Option<PathBuf>,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let folder = Path::new(self.name.as_str());
        refuse_if_occupied(folder)?;
        let handler_crate = templates::dependency(self.path_to_crates.as_deref())?;
        for (path, text) in templates::files(&self.name, self.trigger, &handler_crate) {
            let path = folder.join(path);
            write(&path, &text).map_err(|error| {
                CommandError::Failed(format!(
                    "{} cannot be written: {error}. Free some space or grant access, remove {}, \
                     and run this command again",
                    path.display(),
                    folder.display()
                ))
            })?;
        }
        let name = self.name.as_str();
        let needs = match self.trigger.needs() {
            "" => String::new(),
            needs => format!(" {needs}"),
        };
        print_line(&format!(
            "Created {name}.{needs}\nRun it:\n  cd {name}\n  functions-dev-host start --watch\nCall it, in another terminal and the same folder:\n  {invoke}",
            invoke = self.trigger.invoke(&self.name),
        ));
        Ok(())
    }
}

/// Refuses to overwrite anything that exists.
fn refuse_if_occupied(folder: &Path) -> Result<(), CommandError> {
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    if occupied {
        return Err(CommandError::Configuration(format!(
            "{} exists and is not empty: choose another name, or remove it first",
            folder.display()
        )));
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
