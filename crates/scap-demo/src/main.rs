//! The demo's processes as `scap` starts them, without the rest of scap: what the tests run.

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let program: OsString = std::env::current_exe()?.into();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["demo", scap, directory] => {
            let options = scap_demo::Options {
                scap: scap.into(),
                keep: false,
                page: None,
                directory: Some(directory.into()),
            };
            scap_demo::tell(options).await?;
        }
        ["demo-host", root, address] => {
            let service = [program, "demo-service".into()];
            scap_demo::host(Path::new(root), address.parse()?, &service).await?;
        }
        ["demo-service", directory, address] => {
            scap_demo::serve(Path::new(directory), address.parse()?).await?;
        }
        ["demo-restart"] => {
            let root = std::env::var_os("SCAP_HOST_ROOT").ok_or("SCAP_HOST_ROOT is not set")?;
            scap_demo::restart(Path::new(&root))?;
        }
        _ => return Err("wrong use".into()),
    }
    Ok(())
}
