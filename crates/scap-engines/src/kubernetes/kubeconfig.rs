//! The one place that makes clients: from a named kubeconfig file, never from a default, the environment or the pod that scap runs in.

use std::fs;
use std::path::Path;
use std::time::Duration;

use kube::client::ClientBuilder;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tower::BoxError;
use tower::util::MapErrLayer;

use super::error::{KubeconfigError, Unanswered};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A little longer than the server keeps a watch open.
const READ_TIMEOUT: Duration = Duration::from_mins(5);

/// A client for the current context of the kubeconfig `path`; nothing is sent yet.
pub(super) async fn client(path: &Path) -> Result<Client, KubeconfigError> {
    make(path, config(path).await?)
}

/// As [`client`], but what the server or a pod behind it answers comes at once, and is not asked for again.
pub(crate) async fn client_without_retries(path: &Path) -> Result<Client, KubeconfigError> {
    let mut config = config(path).await?;
    config.default_retry = false;
    make(path, config)
}

fn make(path: &Path, config: Config) -> Result<Client, KubeconfigError> {
    let server = config.cluster_url.to_string();
    let server = server.trim_end_matches('/').to_owned();
    let builder = ClientBuilder::try_from(config);
    let builder = builder.map_err(|source| KubeconfigError::NoClient {
        path: path.to_owned(),
        source,
    })?;
    let name_server = move |error: BoxError| {
        // What kube itself refuses never went there.
        if error.is::<kube::Error>() {
            return error;
        }
        let server = server.clone();
        let source = error;
        BoxError::from(Unanswered { server, source })
    };
    Ok(builder.with_layer(&MapErrLayer::new(name_server)).build())
}

async fn config(path: &Path) -> Result<Config, KubeconfigError> {
    let kubeconfig = read(path)?;
    // helm takes a proxy from its own environment, which has none unless an operator gave one.
    let proxy = kubeconfig.clusters.iter().any(|named| {
        named
            .cluster
            .as_ref()
            .is_some_and(|c| c.proxy_url.is_some())
    });
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let mut config = config.map_err(|source| KubeconfigError::Incomplete {
        path: path.to_owned(),
        source,
    })?;
    if !proxy {
        config.proxy_url = None;
    }
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.read_timeout = Some(READ_TIMEOUT);
    Ok(config)
}

/// Reads it and refuses it when any of its users logs in by a program: helm may be told to use another context.
fn read(path: &Path) -> Result<Kubeconfig, KubeconfigError> {
    let no_kubeconfig = || KubeconfigError::NotKubeconfig(path.to_owned());
    let bytes = fs::read(path).map_err(|source| KubeconfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    // kube panics on half a character of UTF-16.
    if str::from_utf8(&bytes).is_err() {
        return Err(no_kubeconfig());
    }
    let kubeconfig = Kubeconfig::read_from(path).map_err(|_| no_kubeconfig())?;
    for named in &kubeconfig.auth_infos {
        if let Some(field) = named.auth_info.as_ref().and_then(program_field) {
            return Err(KubeconfigError::RunsProgram {
                path: path.to_owned(),
                user: named.name.clone(),
                field,
            });
        }
    }
    Ok(kubeconfig)
}

fn program_field(user: &AuthInfo) -> Option<&'static str> {
    if user.exec.is_some() {
        Some("exec")
    } else if user.auth_provider.is_some() {
        Some("auth-provider")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes::with_causes;
    use std::path::PathBuf;
    use tempfile::TempDir;

    fn written(users: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.config");
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}], \
             clusters: [{{name: k, cluster: {{server: 'http://127.0.0.1:1'}}}}], users: {users}}}"
        );
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    async fn refusal(users: &str) -> String {
        let (_folder, path) = written(users);
        let error = client(&path).await.err();
        let text = error.map_or_else(|| "taken".to_owned(), |error| with_causes(&error));
        text.replace(&path.display().to_string(), "FILE")
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_named() {
        let (_folder, path) = written("[{name: u, user: {token: secret}}]");
        let client = client_without_retries(&path).await.unwrap();
        let told = with_causes(&client.apiserver_version().await.unwrap_err());
        assert!(
            told.contains("no answer from `http://127.0.0.1:1`: "),
            "{told}"
        );
    }

    #[tokio::test]
    async fn a_program_in_a_kubeconfig_is_never_run() {
        let folder = tempfile::tempdir().unwrap();
        let canary = folder.path().join("canary");
        let touch = format!(
            "{{apiVersion: client.authentication.k8s.io/v1, command: touch, args: ['{}']}}",
            canary.display()
        );
        let cases = [
            ("[{name: u, user: {token: secret}}]".to_owned(), "taken"),
            (
                format!("[{{name: u, user: {{exec: {touch}}}}}]"),
                "user `u` of kubeconfig `FILE` logs in by a program (`exec`)",
            ),
            (
                format!(
                    "[{{name: u, user: {{token: secret}}}}, {{name: other, user: {{exec: {touch}}}}}]"
                ),
                "user `other` of kubeconfig `FILE` logs in by a program (`exec`)",
            ),
            (
                "[{name: u, user: {auth-provider: {name: gcp, config: {cmd-path: touch}}}}]"
                    .to_owned(),
                "user `u` of kubeconfig `FILE` logs in by a program (`auth-provider`)",
            ),
            (
                "[{name: u, user: {token: [secret]}}]".to_owned(),
                "`FILE` is not a kubeconfig",
            ),
        ];
        for (users, expected) in cases {
            assert_eq!(refusal(&users).await, expected, "{users}");
        }
        assert!(!canary.exists());
    }

    #[tokio::test]
    async fn a_missing_kubeconfig_is_named() {
        let error = client(Path::new("/no/such.config")).await.err().unwrap();
        let text = with_causes(&error);
        assert_eq!(
            text,
            "cannot read kubeconfig `/no/such.config`: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn a_hostile_kubeconfig_is_read_or_refused() {
        let good = "{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], \
            clusters: [{name: k, cluster: {server: 'http://127.0.0.1:1', certificate-authority-data: aGVsbG8=}}], \
            users: [{name: u, user: {exec: {command: x}}}, {name: v, user: {auth-provider: {name: gcp, config: {}}}}]}";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.config");
        scap_hostile::hostile(
            "kubeconfig",
            &[good.into(), good.replace("exec", "token").into()],
            |bytes| {
                std::fs::write(&path, bytes).unwrap();
                if let Ok(kubeconfig) = read(&path) {
                    let users = kubeconfig.auth_infos.iter();
                    let mut users = users.filter_map(|named| named.auth_info.as_ref());
                    assert!(users.all(|user| user.exec.is_none() && user.auth_provider.is_none()));
                }
            },
        );
    }
}
