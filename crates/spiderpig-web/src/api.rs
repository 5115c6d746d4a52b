//! Which request asks what.

mod acts;
mod body;
mod documents;
mod health;
mod log;
mod passkeys;
mod sign_in;

pub(crate) use body::LONGEST;

use crate::guard;
use crate::live::{events, socket};
use crate::page;
use crate::site::Site;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, get, on};
use spiderpig_protocol::Route;
use std::sync::Arc;

pub(crate) fn router(site: Arc<Site>) -> Router {
    let routes = Route::ALL.into_iter();
    routes
        .fold(Router::new(), |router, route| {
            router.route(route.path(), handler(route))
        })
        .route("/api/{*path}", get(documents::read).post(acts::act))
        .fallback(page::show)
        .layer(from_fn_with_state(site.clone(), guard::keep))
        .with_state(site)
}

fn handler(route: Route) -> MethodRouter<Arc<Site>> {
    let method = if route.is_posted() {
        MethodFilter::POST
    } else {
        MethodFilter::GET
    };
    match route {
        Route::Health => on(method, health::tell),
        Route::BeginSignIn => on(method, sign_in::begin),
        Route::FinishSignIn => on(method, sign_in::finish),
        Route::ShowFactor => on(method, sign_in::show_factor),
        Route::Challenge => on(method, acts::challenge),
        Route::BeginPasskey => on(method, passkeys::begin),
        Route::FinishPasskey => on(method, passkeys::finish),
        Route::Plan => on(method, documents::plan),
        Route::Follow => on(method, socket::open),
        Route::FollowEvents => on(method, events::open),
        Route::DownloadLog => on(method, log::download),
    }
}
