//! A second API server of a cluster, which a test may stop and kill while the others go on with theirs.

use crate::place::{command, state};
use crate::small_service::SmallService;
use std::fs::{self, File};
use std::net::TcpListener;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct ApiServer {
    arguments: Vec<String>,
    running: Child,
    pub(crate) url: String,
    usual_url: String,
    environment: String,
}

impl ApiServer {
    /// One with the same store, keys and address as the cluster's own, and a port that is free.
    pub(crate) fn start(environment: &str) -> Self {
        let parts = state().join("parts").join(environment);
        let pid = fs::read_to_string(parts.join("kube-apiserver.pid")).unwrap();
        let words = fs::read_to_string(format!("/proc/{}/cmdline", pid.trim())).unwrap();
        let mut arguments: Vec<String> = words
            .trim_end_matches('\0')
            .split('\0')
            .map(str::to_owned)
            .collect();
        let address = arguments
            .iter()
            .skip_while(|word| *word != "--bind-address")
            .nth(1)
            .unwrap();
        let free = TcpListener::bind((address.as_str(), 0)).and_then(|it| it.local_addr());
        let port = free.unwrap().port();
        let (url, usual_url) = (
            format!("https://{address}:{port}"),
            format!("https://{address}:6443"),
        );
        arguments.push(format!("--secure-port={port}"));
        // Nobody else is to be sent there.
        arguments.push("--endpoint-reconciler-type=none".to_owned());
        let running = run(&arguments);
        let server = Self {
            arguments,
            running,
            url,
            usual_url,
            environment: environment.to_owned(),
        };
        server.wait_until_ready();
        server
    }

    /// scap, helm and helmfile reach the service's cluster through `url` from now on.
    pub(crate) fn lead(&self, service: &SmallService, url: &str) {
        let (name, environment) = (&service.name, &self.environment);
        let folder = service.place.path().join("kubeconfigs");
        fs::create_dir_all(&folder).unwrap();
        let file = format!("{name}-deploy-{environment}.config");
        let usual = fs::read_to_string(state().join("kubernetes").join(&file)).unwrap();
        // The certificate knows this name, whatever the address.
        let ours = format!("server: {url}\n      tls-server-name: kubernetes");
        fs::write(
            folder.join(file),
            usual.replace(&format!("server: {}", self.usual_url), &ours),
        )
        .unwrap();
        let pattern = folder.join("{namespace}-deploy-{environment}.config");
        service.configure(
            "kubeconfig",
            &format!("{:?}", pattern.display().to_string()),
        );
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.running.id().to_string();
        assert!(
            command("kill")
                .args([&format!("-{signal}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    pub(crate) fn kill(&mut self) {
        self.running.kill().unwrap();
        self.running.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.running = run(&self.arguments);
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        let config = state()
            .join("parts")
            .join(&self.environment)
            .join("admin.config");
        let deadline = Instant::now() + PATIENCE;
        let is_ready = || {
            let asked = command("kubectl")
                .arg("--kubeconfig")
                .arg(&config)
                .args(["--server", &self.url, "get", "--raw", "/readyz"])
                .output();
            asked.unwrap().status.success()
        };
        while !is_ready() {
            assert!(Instant::now() < deadline, "the API server is not ready");
            sleep(PAUSE);
        }
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

fn run(arguments: &[String]) -> Child {
    let silence = || File::create("/dev/null").unwrap();
    command(&arguments[0])
        .args(&arguments[1..])
        .stdout(silence())
        .stderr(silence())
        .spawn()
        .unwrap()
}
