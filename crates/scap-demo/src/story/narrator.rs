//! The words of the story, written on standard output between what scap itself shows.
#![expect(
    clippy::print_stdout,
    reason = "telling the story is what the demo does"
)]

use std::path::Path;
use std::time::Duration;

use super::Options;
use crate::fleet::HOSTS;
use crate::load::Counts;

pub(super) fn opening(folder: &Path, port: u16, requests_per_second: u32) {
    let [(first, from), .., (last, to)] = HOSTS;
    println!(
        "A small shop is to run on six hosts, {first} to {last}. Here they are processes of this machine,"
    );
    println!("at {from} to {to}, port {port}; {requests_per_second} requests a second go to them.");
    println!(
        "Everything is in {}; nothing outside of it is touched.",
        folder.display()
    );
}

pub(super) fn first_version() {
    println!("\n1 of 3: the shop opens with v1. Nothing runs yet that it could be compared with.");
}

pub(super) fn good_version() {
    println!(
        "\n2 of 3: v2, a good version. It goes to {} first, the canary; its errors are",
        HOSTS[0].0
    );
    println!("compared with those of the other five, and then it goes to them too.");
}

pub(super) fn good_result(good: &Counts) {
    println!(
        "\nAll six hosts serve v2. Meanwhile {} requests were answered, none of them with a new error.",
        good.answered
    );
    unanswered(good);
}

pub(super) fn bad_version() {
    println!(
        "\n3 of 3: v3, a bad version. Its basket page breaks when the basket is empty: about one request"
    );
    println!("in fifty. The tests do not look at empty baskets, so only the customers can notice.");
}

pub(super) fn explanation() {
    println!("\nscap took v3 back. This is why:");
}

pub(super) fn whereabouts() {
    println!("\nAnd this is what runs where now:");
}

pub(super) fn bad_result(bad: &Counts) {
    let hurt: u64 = bad.hurt_by_host().values().sum();
    println!(
        "\nAll six hosts say that they serve v2. While v3 was tried, {hurt} of {} requests failed",
        bad.answered
    );
    println!(
        "that v2 would have answered, all of them on {}.",
        HOSTS[0].0
    );
    unanswered(bad);
}

fn unanswered(counts: &Counts) {
    if counts.unanswered > 0 {
        println!(
            "{} requests found no host that answered.",
            counts.unanswered
        );
    }
}

pub(super) fn command(line: &str) {
    println!("\n$ {line}");
}

pub(super) fn end(sent: u64, took: Duration) {
    println!(
        "\nThat was the demo: {} s, {sent} requests.",
        took.as_secs()
    );
}

pub(super) fn next_steps(options: &Options, folder: &Path) {
    println!("\nWhat to try next:");
    if !options.keep {
        println!("  scap demo --keep     leaves it running, to play with from another terminal");
        println!("  make demo-page       leaves the bad version to you, in a browser");
        println!("  scap plan --help     shows what a deployment would do, and does nothing");
        println!("  scap --help          lists everything else");
        return;
    }
    let (folder, scap) = (folder.display(), options.scap.display());
    println!("Hosts and customers stay until Ctrl-C. In another terminal, begin with");
    println!("  alias demo='{scap} --config {folder}/scap.yaml --state-dir {folder}/state'");
    println!("Break or mend a page in {folder}/shop/pages, commit it, and");
    println!("  demo deploy-service shop");
    println!("and, while it runs, in a third terminal (RUN is a number from `demo runs`)");
    println!("  demo log RUN --follow");
    println!("  demo answer RUN CHOICE");
    println!("  demo abort RUN");
}

pub(super) fn page(url: &str, codes: &str, folder: &Path) {
    println!("\nNow it is your turn. v3, a bad version, is checked out and waits to be deployed:");
    println!("  {url}/deploy?service=shop");
    println!(
        "Sign in as ada or grace, who deploy, or as root, who may do everything. Their phones show"
    );
    println!("the codes that are asked for:");
    println!("  {codes}");
    println!(
        "What the runner and the page have to say is in {}.",
        folder.display()
    );
    println!("Ctrl-C ends it all.");
}

pub(super) fn kept(folder: &Path) {
    println!(
        "\nHosts and customers are stopped; the files stay in {}.",
        folder.display()
    );
}
