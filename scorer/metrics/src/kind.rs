use crate::{
    binary, boxes, captions, classes, copies, documents, events, excerpts, features, federated, identities,
    images, instances, keywords, languages, mask, multilabel, objects, pairs, poses, rankings, regions,
    searches, segments, signals, speakers, text, tracks, translations, values,
};

/// What a metric computes, of any suite.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)] // each is its suite's own
pub enum Kind {
    Classes(classes::ClassesKind),
    Binary(binary::Kind),
    Multilabel(multilabel::Kind),
    Values(values::Kind),
    Identities(identities::Kind),
    Pairs(pairs::Kind),
    Searches(searches::Kind),
    Rankings(rankings::Kind),
    Documents(documents::Kind),
    Copies(copies::Kind),
    Excerpts(excerpts::Kind),
    Boxes(boxes::Kind),
    Instances(instances::Kind),
    Poses(poses::Kind),
    Federated(federated::Kind),
    Objects(objects::Kind),
    Regions(regions::Kind),
    Mask(mask::Kind),
    Images(images::Kind),
    Features(features::Kind),
    Tracks(tracks::Kind),
    Segments(segments::Kind),
    Events(events::Kind),
    Keywords(keywords::Kind),
    Languages(languages::Kind),
    Speakers(speakers::Kind),
    Signals(signals::Kind),
    Text(text::Kind),
    Translations(translations::Kind),
    Captions(captions::Kind),
}
