//! A handler that passes every connection on to the address in `RELAY_TO`, where the test decides
//! about the answer.

use std::env;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    report()?;
    let port: u16 = env::var("FUNCTIONS_CUSTOMHANDLER_PORT")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let target = env::var("RELAY_TO")?;
    loop {
        let (mut inbound, _) = listener.accept().await?;
        let target = target.clone();
        tokio::spawn(async move {
            let mut outbound = TcpStream::connect(target).await?;
            copy_bidirectional(&mut inbound, &mut outbound).await
        });
    }
}

/// Prints the lines that the test asks for, and exits if it asks for that.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "some tests are about how the host treats both streams"
)]
fn report() -> Result<(), Box<dyn std::error::Error>> {
    if let Ok(line) = env::var("RELAY_STDOUT") {
        println!("{line}");
    }
    if let Ok(lines) = env::var("RELAY_STDERR") {
        eprintln!("{lines}");
    }
    if env::var_os("RELAY_DESCRIBE").is_some() {
        println!("cwd={}", env::current_dir()?.display());
        for (name, value) in env::vars().filter(|(name, _)| name.starts_with("FUNCTIONS_")) {
            println!("{name}={value}");
        }
    }
    if let Ok(status) = env::var("RELAY_EXIT") {
        std::process::exit(status.parse()?);
    }
    Ok(())
}
