//! `scap demo`, and the parts that its hosts are made of.

use crate::exit_code::Exit;
use crate::trouble::Trouble;
use scap_demo::PagePlace;
use scap_run::Failure;
use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;

pub(crate) async fn run(keep: bool, page: Option<String>) -> Result<Exit, Trouble> {
    let options = scap_demo::Options {
        scap: std::env::current_exe()?,
        keep,
        page: page.map(place_of_page).transpose()?,
        directory: None,
    };
    let told = scap_demo::tell(options).await;
    told.map(|_| Exit::Done)
        .map_err(|error| failed("the demo did not go as it should", &error))
}

fn place_of_page(folder: String) -> Result<PagePlace, Trouble> {
    match folder.as_str() {
        "" if spiderpig_web::HAS_PAGE => Ok(PagePlace::Embedded),
        "" => Err(Trouble::usage(
            "this scap has no page of its own",
            "`make page` builds one: `scap demo --page web/dist`; `make scap` builds a scap that has it",
        )),
        _ => Ok(PagePlace::Folder(folder.into())),
    }
}

/// Plays the init of one host.
pub(crate) async fn host(root: &Path, address: SocketAddr) -> Result<Exit, Trouble> {
    let service = [
        std::env::current_exe()?.into_os_string(),
        "demo-service".into(),
    ];
    let played = scap_demo::host(root, address, &service).await;
    played
        .map(|()| Exit::Done)
        .map_err(|error| failed("the demo's host ended", &error))
}

/// Plays the service of one host.
pub(crate) async fn service(directory: &Path, address: SocketAddr) -> Result<Exit, Trouble> {
    let served = scap_demo::serve(directory, address).await;
    served
        .map(|()| Exit::Done)
        .map_err(|error| failed("the demo's service ended", &error))
}

/// Asks the host that this is run on to restart its service.
pub(crate) fn restart() -> Result<Exit, Trouble> {
    let root = std::env::var_os("SCAP_HOST_ROOT").ok_or_else(|| {
        Trouble::usage(
            "SCAP_HOST_ROOT is not set",
            "this command is run by a deployment of the demo",
        )
    })?;
    let restarted = scap_demo::restart(Path::new(&root));
    restarted
        .map(|()| Exit::Done)
        .map_err(|error| failed("the service was not restarted", &error))
}

fn failed(message: &str, error: &dyn Error) -> Trouble {
    Failure::failed(message).caused_by(error).into()
}
