//! Headless Chromium through chromedriver: a real browser for the walks a scripted visitor cannot prove
//! (Content-Security-Policy, focus, JavaScript off, accessibility). Screenshots go to `target/screens`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use serde::Deserialize;
use serde_json::json;

use super::process::{
    Launch, Process, Scratch, counterpart, eventually, find_program, free_port, target_directory,
};

/// How long a page may take to show what is waited for.
const PAGE_LIMIT: Duration = Duration::from_secs(20);

/// One browser with a fresh profile.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    // After the client: the session is gone with the process.
    _driver: Process,
    _scratch: Scratch,
}

/// How the browser is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Whether pages may run scripts.
    pub scripts: bool,
    /// What the browser says about its user's language.
    pub language: &'static str,
    /// Width and height of the window, in CSS pixels.
    pub window: (u32, u32),
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            scripts: true,
            language: "fr",
            window: (1280, 900),
        }
    }
}

impl Setup {
    /// A phone whose browser runs no scripts: where a page works here, it works everywhere.
    #[must_use]
    pub fn plain_phone() -> Self {
        Self {
            scripts: false,
            ..Self::phone()
        }
    }

    /// A phone.
    #[must_use]
    pub fn phone() -> Self {
        Self {
            window: (390, 844),
            ..Self::default()
        }
    }
}

/// One rule of axe-core that a page breaks.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Violation {
    /// The rule, such as `color-contrast`.
    pub id: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: Option<String>,
    /// The rule in words.
    pub help: String,
    /// The elements that break it.
    pub nodes: Vec<ViolationNode>,
}

/// An element that breaks a rule.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct ViolationNode {
    /// Its HTML.
    pub html: String,
    /// What to do about it.
    #[serde(rename = "failureSummary", default)]
    pub summary: String,
}

impl Violation {
    /// Whether it keeps people out: axe's two upper grades.
    pub fn is_serious(&self) -> bool {
        matches!(self.impact.as_deref(), Some("serious" | "critical"))
    }
}

impl Browser {
    /// A browser for a person who reads French, with scripts.
    pub async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    /// A browser set up in another way.
    pub async fn start_with(setup: Setup) -> Self {
        let scratch = Scratch::new("browser");
        let port = free_port();
        let driver = Launch::new("chromedriver", find_program(&["chromedriver"], &[]))
            .args([format!("--port={port}")])
            // A home of its own: caches, crash reports and fonts' caches end with the test.
            .env("HOME", scratch.path())
            .start(&scratch);
        driver.wait_for_port(port);
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities(setup, scratch.path()))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("no browser session: {error}\n{}", driver.log()));
        Self {
            client,
            _driver: driver,
            _scratch: scratch,
        }
    }

    /// The WebDriver client, for what has no method here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address and waits until it is loaded, redirects and all.
    pub async fn open(&self, url: impl AsRef<str>) {
        let url = url.as_ref();
        self.client
            .goto(url)
            .await
            .unwrap_or_else(|error| panic!("cannot open {url}: {error}"));
    }

    /// Goes back in the history, as the button does.
    pub async fn back(&self) {
        self.client.back().await.expect("the browser goes back");
    }

    /// The window that is looked at.
    pub async fn window(&self) -> WindowHandle {
        self.client.window().await.expect("there is a window")
    }

    /// Opens another window of the same browser and looks at it from now on.
    pub async fn open_window(&self) -> WindowHandle {
        let opened = self.client.new_window(true).await.expect("a window opens");
        self.switch_to(&opened.handle).await;
        opened.handle
    }

    /// Looks at another window.
    pub async fn switch_to(&self, window: &WindowHandle) {
        self.client
            .switch_to_window(window.clone())
            .await
            .expect("the window is there");
    }

    /// The address shown.
    pub async fn address(&self) -> String {
        self.client
            .current_url()
            .await
            .map(String::from)
            .unwrap_or_default()
    }

    /// Waits until the address satisfies `test` and gives it.
    pub async fn wait_for_address(&self, what: &str, test: impl Fn(&str) -> bool) -> String {
        eventually(what, PAGE_LIMIT, async || {
            let address = self.address().await;
            test(&address).then_some(address)
        })
        .await
    }

    /// Waits for the element that a CSS selector names.
    pub async fn find(&self, css: &str) -> Element {
        match self
            .client
            .wait()
            .at_most(PAGE_LIMIT)
            .for_element(Locator::Css(css))
            .await
        {
            Ok(element) => element,
            Err(error) => panic!(
                "no {css} at {}: {error}\n{}",
                self.address().await,
                self.text().await
            ),
        }
    }

    /// Whether the page has such an element now.
    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// How many such elements the page has now.
    pub async fn count(&self, css: &str) -> usize {
        self.client
            .find_all(Locator::Css(css))
            .await
            .map_or(0, |found| found.len())
    }

    /// Types into a field, replacing what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field
            .clear()
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
        field
            .send_keys(text)
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Clicks an element, as a person would: it must be visible.
    pub async fn click(&self, css: &str) {
        let element = self.find(css).await;
        element
            .click()
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Signs in on the hub's login page, which must be shown.
    pub async fn sign_in(&self, username: &str, password: &str) {
        self.fill("[name=username]", username).await;
        self.fill("[name=password]", password).await;
        self.click("#login-submit").await;
    }

    /// Clicks the link that leads to `url`, as a tile does; it may go through the hub on its way.
    pub async fn open_link(&self, url: &str) {
        let links = self
            .client
            .find_all(Locator::Css("a[href]"))
            .await
            .unwrap_or_default();
        for link in &links {
            let target = link.prop("href").await.ok().flatten().unwrap_or_default();
            if target == url {
                // In this window, whatever the link's target says.
                self.open(&target).await;
                return;
            }
        }
        panic!("no link to {url} at {}", self.address().await);
    }

    /// Presses a key (WebDriver's code points) where the focus is.
    pub async fn press(&self, key: &str) {
        let focused = self
            .client
            .active_element()
            .await
            .expect("something has the focus");
        focused
            .send_keys(key)
            .await
            .unwrap_or_else(|error| panic!("cannot press a key: {error}"));
    }

    /// What the browser's console says is wrong: refused by the Content-Security-Policy, not found,
    /// scripts that fail. Emptied by reading.
    pub async fn complaints(&self) -> Vec<String> {
        let logs = self
            .client
            .issue_cmd(BrowserLog)
            .await
            .expect("chromedriver keeps a log");
        logs.as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry.get("level").is_some_and(|level| level == "SEVERE"))
            .filter_map(|entry| Some(entry.get("message")?.as_str()?.to_owned()))
            .collect()
    }

    /// The words of the page.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the page shows `words`.
    pub async fn wait_for_text(&self, words: &str) {
        eventually(
            &format!("the page shows {words:?}"),
            PAGE_LIMIT,
            async || self.text().await.contains(words).then_some(()),
        )
        .await;
    }

    /// Runs a script in the page (past its Content-Security-Policy, as WebDriver does).
    pub async fn script(&self, script: &str) -> serde_json::Value {
        self.client
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("script failed: {error}"))
    }

    /// Changes the size of the window's content, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        // The window is larger than its content: by how much is known once it has been resized.
        let mut window = [width, height];
        for _ in 0..2 {
            let [width_now, height_now] = window;
            self.client
                .set_window_size(width_now, height_now)
                .await
                .expect("the window can be resized");
            let inner = self.script("return [innerWidth, innerHeight];").await;
            let content: Vec<u32> = serde_json::from_value(inner).expect("two numbers");
            for ((window, wanted), content) in window.iter_mut().zip([width, height]).zip(content) {
                *window = (*window + wanted).saturating_sub(content);
            }
        }
    }

    /// Shows pages as to somebody whose system is dark, or light.
    pub async fn prefer_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let command = DevTools {
            command: "Emulation.setEmulatedMedia",
            parameters: json!({ "features": features }),
        };
        self.client
            .issue_cmd(command)
            .await
            .expect("chromedriver speaks to Chromium");
    }

    /// Does not load what has such an address (`*` stands for anything), as if it were lost on its way.
    pub async fn lose(&self, address: &str) {
        for (command, parameters) in [
            ("Network.enable", json!({})),
            ("Network.setBlockedURLs", json!({ "urls": [address] })),
        ] {
            let command = DevTools {
                command,
                parameters,
            };
            self.client
                .issue_cmd(command)
                .await
                .expect("chromedriver speaks to Chromium");
        }
    }

    /// Saves what is shown as `target/screens/NAME.png` and says where.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let directory = target_directory().join("screens");
        fs::create_dir_all(&directory).expect("the target directory is ours");
        let path = directory.join(format!("{name}.png"));
        let image = self.client.screenshot().await.expect("the browser draws");
        fs::write(&path, image).expect("the target directory is ours");
        path
    }

    /// Every rule of WCAG 2.1 A and AA, and of good practice, that axe-core finds broken on this page.
    /// Needs scripts.
    pub async fn accessibility(&self) -> Vec<Violation> {
        let axe = counterpart("axe-core/axe.min.js");
        let axe =
            fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{}: {error}", axe.display()));
        let script = format!(
            "const done = arguments[arguments.length - 1];\n{axe}\n\
             axe.run(document, {{ resultTypes: ['violations'], iframes: false }})\
             .then(found => done(found.violations), error => done(String(error)));"
        );
        let found = self
            .client
            .execute_async(&script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("axe-core did not run: {error}"));
        serde_json::from_value(found.clone())
            .unwrap_or_else(|error| panic!("axe-core said {found}: {error}"))
    }

    /// Panics with the list when axe-core finds something serious on this page; `page` names it.
    pub async fn assert_accessible(&self, page: &str) {
        let serious: Vec<Violation> = self
            .accessibility()
            .await
            .into_iter()
            .filter(Violation::is_serious)
            .collect();
        assert!(serious.is_empty(), "{page} keeps people out: {serious:#?}");
    }

    /// Ends the session in order.
    pub async fn close(self) {
        // Its process ends in any case.
        let _ = self.client.clone().close().await;
    }
}

/// chromedriver's own door to the browser's tools.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: serde_json::Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (reqwest::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (reqwest::Method::POST, Some(body.to_string()))
    }
}

/// chromedriver's own command for the console's log.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (reqwest::Method, Option<String>) {
        (
            reqwest::Method::POST,
            Some(r#"{"type":"browser"}"#.to_owned()),
        )
    }
}

fn capabilities(setup: Setup, scratch: &Path) -> Capabilities {
    let (width, height) = setup.window;
    let mut arguments = vec![
        "--headless".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        format!("--window-size={width},{height}"),
        format!("--lang={}", setup.language),
        format!("--user-data-dir={}", scratch.join("profile").display()),
    ];
    if super::process::is_root() {
        // Chromium's sandbox refuses to run as root; the pages it opens here are our own.
        arguments.push("--no-sandbox".to_owned());
    }
    let chromium = find_program(&["chromium", "chromium-browser", "google-chrome"], &[]);
    let scripts = if setup.scripts { 1 } else { 2 };
    let capabilities = json!({
        "browserName": "chrome",
        // The local authority exists for this process only; no profile knows it.
        "acceptInsecureCerts": true,
        "timeouts": { "pageLoad": 30_000, "script": 30_000 },
        "goog:chromeOptions": {
            "binary": chromium,
            "args": arguments,
            "prefs": {
                "intl.accept_languages": setup.language,
                "profile.managed_default_content_settings.javascript": scripts,
                "credentials_enable_service": false,
            },
        },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    match capabilities {
        serde_json::Value::Object(map) => map,
        _ => Capabilities::new(),
    }
}
