//! Progress on a terminal; silence where standard error is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const BYTES: &str = "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
const ITEMS: &str = "{msg} {wide_bar} {human_pos}/{human_len} {eta}";

/// A bar that counts bytes.
pub(crate) fn bytes(what: impl Into<String>, total: u64) -> ProgressBar {
    bar(BYTES, total).with_message(what.into())
}

/// A bar that counts items. Its length may be set later.
pub(crate) fn items(what: impl Into<String>) -> ProgressBar {
    bar(ITEMS, 0).with_message(what.into())
}

/// Something that takes a while.
pub(crate) fn spinner(what: impl Into<String>) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.into());
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

fn bar(template: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("templates are constants of this file");
    ProgressBar::new(total).with_style(style)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_templates_are_right() {
        super::bytes("upload", 1).finish_and_clear();
        super::items("decode").finish_and_clear();
    }
}
