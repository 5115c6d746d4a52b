//! The shop of one revision: its version, its items and its pages, read from files once, at start.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::{Deserialize, Serialize};

/// What the files of one revision make.
pub(super) struct Shop {
    pub(super) version: String,
    items: Vec<Item>,
    pages: Environment<'static>,
}

#[derive(Deserialize)]
struct Catalogue {
    items: Vec<Item>,
}

#[derive(Deserialize, Serialize)]
struct Item {
    number: u32,
    name: String,
    price_cents: u32,
    #[serde(skip_deserializing)]
    price: String,
    stock: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    restock: Option<Restock>,
}

#[derive(Deserialize, Serialize)]
struct Restock {
    date: String,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    quantity: usize,
    amount: String,
}

/// Why a revision cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    #[error("cannot read `{path}`")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`{path}` is no list of items")]
    Catalogue {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("`{path}` is no template")]
    Template {
        path: PathBuf,
        source: minijinja::Error,
    },
}

/// Why a request gets no page.
#[derive(Debug)]
pub(super) enum PageError {
    NotFound,
    WrongItems,
    Broken {
        signature: String,
        cause: minijinja::Error,
    },
}

impl Shop {
    /// Reads `version`, `shop.json` and `pages/*.html` of the revision in `directory`.
    pub(super) fn read(directory: &Path) -> Result<Self, RevisionError> {
        let path = directory.join("shop.json");
        let Catalogue { mut items } = serde_json::from_str(&read(&path)?)
            .map_err(|source| RevisionError::Catalogue { path, source })?;
        for item in &mut items {
            item.price = euros(item.price_cents);
        }
        let version = read(&directory.join("version"))?.trim().to_owned();
        let mut pages = read_pages(&directory.join("pages"))?;
        pages.add_global("version", version.clone());
        Ok(Self {
            version,
            items,
            pages,
        })
    }

    pub(super) fn home(&self) -> Result<String, PageError> {
        self.render("home.html", context! { items => Serde(&self.items) })
    }

    pub(super) fn item(&self, number: u32) -> Result<String, PageError> {
        let item = self.find(number).ok_or(PageError::NotFound)?;
        self.render("item.html", context! { item => Serde(item) })
    }

    /// The basket with `items`, a list of item numbers with commas between; an item may occur more than once.
    pub(super) fn basket(&self, items: &str) -> Result<String, PageError> {
        let mut numbers: Vec<u32> = items
            .split(',')
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().map_err(|_| PageError::WrongItems))
            .collect::<Result<_, _>>()?;
        numbers.sort_unstable();
        let mut lines = Vec::new();
        let mut total_cents = 0;
        for same in numbers.chunk_by(|a, b| a == b) {
            let item = self.find(same[0]).ok_or(PageError::WrongItems)?;
            let cents: u32 = same.iter().map(|_| item.price_cents).sum();
            total_cents += cents;
            lines.push(Line {
                name: &item.name,
                quantity: same.len(),
                amount: euros(cents),
            });
        }
        self.render(
            "basket.html",
            context! { lines => Serde(&lines), total => euros(total_cents), total_cents },
        )
    }

    fn find(&self, number: u32) -> Option<&Item> {
        self.items.iter().find(|item| item.number == number)
    }

    fn render(&self, page: &str, values: Value) -> Result<String, PageError> {
        self.pages
            .get_template(page)
            .and_then(|template| template.render(values))
            .map_err(|cause| PageError::Broken {
                signature: format!("{:?} {}", cause.kind(), cause.name().unwrap_or(page)),
                cause,
            })
    }
}

fn read_pages(folder: &Path) -> Result<Environment<'static>, RevisionError> {
    let unreadable = |source| RevisionError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut pages = Environment::new();
    // A page that names something that is not there is broken, and must not look whole.
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        pages
            .add_template_owned(name.into_owned(), read(&path)?)
            .map_err(|source| RevisionError::Template { path, source })?;
    }
    Ok(pages)
}

fn read(path: &Path) -> Result<String, RevisionError> {
    fs::read_to_string(path).map_err(|source| RevisionError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn euros(cents: u32) -> String {
    format!("{}.{:02} €", cents / 100, cents % 100)
}
