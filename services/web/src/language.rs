//! Which language a visitor reads: `?lang=`, else the cookie, else `Accept-Language`, else English.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::messages::{EN, Messages, ZH};

const COOKIE: &str = "egret_lang";

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// The value of `?lang=` and of the cookie.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The BCP 47 tag, for `<html lang>`: it decides which CJK glyphs a browser takes.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }

    /// The other one, for the switch.
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// Its name in itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Zh => "中文",
        }
    }

    /// What the pages say in it.
    pub const fn messages(self) -> &'static Messages {
        match self {
            Self::En => &EN,
            Self::Zh => &ZH,
        }
    }

    /// The organizer's text in this language; without a Chinese one, the one there is.
    pub fn pick<'a>(self, text: &'a str, text_zh: &'a str) -> &'a str {
        if self == Self::Zh && !text_zh.is_empty() { text_zh } else { text }
    }

    fn parse(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::En),
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }

    /// The best of an `Accept-Language` header that we have; of equal weights the first.
    fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',') {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            let weight = parameters.trim().strip_prefix("q=").map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if let Some(language) = Self::parse(&primary)
                && weight > best.map_or(0.0, |(_, weight)| weight)
            {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// Who asks: all that a page depends on besides its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// The language to answer in.
    pub language: Language,
    /// Whether this very request chose it, so that a page remembers it.
    pub chosen: bool,
}

impl Visitor {
    /// Reads the request.
    pub fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let chosen = query
            .unwrap_or_default()
            .split('&')
            .find_map(|pair| pair.strip_prefix("lang="))
            .and_then(Language::parse);
        let language = chosen
            .or_else(|| values(headers, header::COOKIE).find_map(remembered))
            .or_else(|| values(headers, header::ACCEPT_LANGUAGE).find_map(Language::accepted))
            .unwrap_or(Language::En);
        Self { language, chosen: chosen.is_some() }
    }

    /// The cookie that remembers a choice for a year. It holds nothing else.
    pub fn cookie(self) -> Option<HeaderValue> {
        let value =
            format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", self.language.code());
        self.chosen.then(|| HeaderValue::from_str(&value).ok()).flatten()
    }
}

fn values(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
}

fn remembered(cookies: &str) -> Option<Language> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).and_then(|(_, code)| Language::parse(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(query: Option<&str>, cookie: Option<&str>, accept: Option<&str>) -> Language {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::COOKIE, cookie), (header::ACCEPT_LANGUAGE, accept)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        }
        Visitor::of(query, &headers).language
    }

    #[test]
    fn the_address_beats_the_cookie_beats_the_browser() {
        assert_eq!(language(None, None, None), Language::En);
        assert_eq!(language(None, None, Some("zh-CN,zh;q=0.9,en;q=0.8")), Language::Zh);
        assert_eq!(language(None, Some("a=b; egret_lang=en"), Some("zh")), Language::En);
        assert_eq!(language(Some("after=x&lang=zh"), Some("egret_lang=en"), Some("en")), Language::Zh);
    }

    #[test]
    fn weights_count_and_nonsense_does_not() {
        assert_eq!(language(None, None, Some("en;q=0.3, zh;q=0.7")), Language::Zh);
        assert_eq!(language(None, None, Some("fr, zh;q=0")), Language::En);
        assert_eq!(language(None, None, Some("zh;q=x, *")), Language::En);
        assert_eq!(language(Some("lang=de"), Some("egret_lang=tlh"), Some("zh")), Language::Zh);
    }

    #[test]
    fn only_a_choice_is_remembered() {
        let chosen = Visitor::of(Some("lang=zh"), &HeaderMap::new());
        assert!(chosen.cookie().unwrap().to_str().unwrap().starts_with("egret_lang=zh; "));
        assert_eq!(Visitor::of(None, &HeaderMap::new()).cookie(), None);
    }

    #[test]
    fn an_organizer_without_chinese_is_shown_as_they_wrote() {
        assert_eq!(Language::Zh.pick("Digits", "数字"), "数字");
        assert_eq!(Language::Zh.pick("Digits", ""), "Digits");
        assert_eq!(Language::En.pick("Digits", "数字"), "Digits");
    }
}
