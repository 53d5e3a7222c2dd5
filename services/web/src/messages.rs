//! Everything the pages say, once per language. `{…}` is filled by [`fill`].

macro_rules! messages {
    ($($(#[$doc:meta])* $key:ident: $en:literal, $zh:literal;)+) => {
        /// What the pages say in one language.
        #[derive(Debug)]
        pub(crate) struct Messages { $($(#[$doc])* pub $key: &'static str,)+ }

        /// English.
        pub(crate) const EN: Messages = Messages { $($key: $en,)+ };
        /// Simplified Chinese.
        pub(crate) const ZH: Messages = Messages { $($key: $zh,)+ };

        #[cfg(test)]
        impl Messages {
            /// Every message with its key.
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($key), self.$key),)+]
            }
        }
    };
}

messages! {
    skip: "Skip to content", "跳到正文";
    tagline: "models scored on data that stays hidden", "数据可用不可见的模型评测";
    competitions: "Competitions", "竞赛";
    no_competitions: "No competition has been published yet.", "还没有已发布的竞赛。";
    no_competitions_next: "Organizers start one with", "组织者可以这样创建：";
    more: "More", "更多";
    tasks: "Tasks", "任务";
    no_tasks: "This competition has no tasks yet.", "本竞赛还没有任务。";
    phases: "Phases", "阶段";
    phase: "Phase", "阶段";
    kind_practice: "Practice", "练习";
    kind_live: "Live", "实战";
    kind_final: "Final", "决赛";
    kind_other: "Phase", "阶段";
    starts: "Starts", "开始";
    ends: "Ends", "结束";
    status: "Status", "状态";
    upcoming: "Upcoming", "未开始";
    open: "Open", "进行中";
    closed: "Closed", "已结束";
    starts_in: "starts in", "距开始";
    ends_in: "ends in", "距结束";
    days: "d", "天";
    quota: "Submissions per team", "每队提交次数";
    quota_per_day: "{n} a day", "每天 {n} 次";
    quota_total: "{n} in all", "共 {n} 次";
    quota_concurrent: "{n} at once", "同时 {n} 个";
    quota_failed_checks: "{n} failed checks a day", "每天 {n} 次检查失败";
    quota_none: "no limit", "不限";
    quota_zone: "Daily counts start again at midnight, {zone}.", "每日次数在 {zone} 时区零点重新计算。";
    scored_on: "Scored on", "评测数据";
    split_sample: "public sample", "公开样例";
    split_public: "hidden, scored live", "隐藏数据，实时评测";
    split_private: "hidden, scored at the end", "隐藏数据，结束后评测";
    split_other: "test set", "测试集";
    freezes: "Freezes", "封榜";
    is_frozen: "frozen", "已封榜";
    is_final: "final", "已定稿";
    released: "Released to a team", "公布内容";
    released_exact: "scores rounded to {n} decimals", "成绩保留 {n} 位小数";
    released_exact_cost: "each release costs {bits} bits", "每次公布计 {bits} 比特";
    released_ladder: "the best level on a grid", "网格上的最高等级";
    released_levels: "the best of {levels} levels, {step} apart", "共 {levels} 级，级差 {step}，只公布最高等级";
    released_budget: "at most {bits} bits for a team, as long as the test set lives", "测试集有效期内每队最多 {bits} 比特";
    released_ladder_cost: "a release costs 0.193 bits, or 4 and more where the level rises", "每次公布计 0.193 比特，等级上升时计 4 比特或更多";
    released_epoch: "shown every {span}, whatever a run took", "每 {span} 统一公布一次，与运行时间无关";
    released_finalize: "shown once the phase is final", "阶段定稿后公布";
    note_jury: "Its boards are shown once the phase is final.", "阶段定稿后公布排行榜。";
    note_gate: "For teams with at least {n} released in phase {phase}.", "仅限在阶段 {phase} 中公布成绩不低于 {n} 的队伍。";
    note_nominations: "Takes no submissions: for each task a team names up to {n} of phase {phase}, or is represented by its best released one. They are evaluated once, after the end.",
        "本阶段不接受新提交：每队可在每个任务中提名阶段 {phase} 的至多 {n} 次提交，未提名者以已公布的最好提交参加。结束后统一评测一次。";
    note_prizes: "Prizes by place, in {unit}: {places}.", "按名次的奖金（{unit}）：{places}。";
    note_prizes_split: "Finalists whose rank intervals overlap share a rank, and the prizes of its places evenly.",
        "名次区间重叠的队伍名次并列，并均分所占名次的奖金。";
    note_prizes_order: "Each place has its own rank and prize, whatever the rank intervals.", "每个名次单独排名和发奖，不考虑名次区间。";
    note_task_prizes: "Prizes of {task} by place: {places}", "{task} 的奖金（按名次）：{places}";
    note_task_ends: "{task} ends", "{task} 结束于";
    note_task_freezes: "{task} is frozen", "{task} 封榜于";
    note_task_quota: "Submissions to {task}: {quota}", "{task} 的提交次数：{quota}";
    note_removed: "This time did not count:", "以下时段不计入比赛时间：";
    note_extended: "Extended by {span}.", "延长 {span}。";
    note_extended_team: "Extended by {span} for team {team}.", "为队伍 {team} 延长 {span}。";
    span_d: "{n} d", "{n} 天";
    span_h: "{n} h", "{n} 小时";
    span_min: "{n} min", "{n} 分钟";
    span_s: "{n} s", "{n} 秒";
    paused_submitting: "Submitting is paused by the organizer.", "主办方已暂停提交。";
    paused_evaluating: "Evaluating is paused by the organizer; submissions wait.", "主办方已暂停评测，提交将排队等待。";
    changes: "Changes", "变更记录";
    changes_about: "What the organizer has changed since it was published.", "发布以来主办方所做的变更。";
    change_time: "Time", "时间";
    change_what: "What", "内容";
    change_reason: "Reason", "原因";
    change_all: "all", "全部";
    change_pause_submitting: "submitting paused", "暂停提交";
    change_resume_submitting: "submitting resumed", "恢复提交";
    change_pause_evaluating: "evaluating paused", "暂停评测";
    change_resume_evaluating: "evaluating resumed", "恢复评测";
    change_extend: "extended", "延长";
    change_remove: "time removed", "扣除时段";
    change_thaw: "thawed", "解封";
    change_finalize: "final", "定稿";
    change_reveal: "exact scores revealed to their teams", "向各队公布精确成绩";
    ledger: "Information released", "信息公开量";
    ledger_of: "What has left the test set: {task}", "测试集信息公开量：{task}";
    ledger_sum: "At most {bytes} bytes have ever left this test set.", "自启用以来，该测试集流出的信息至多 {bytes} 字节。";
    ledger_more: "The ledger", "查看账本";
    ledger_about: "Every release is charged what it can tell, before anybody knows what it says. Teams may put together what they know, so the charges of all teams are added.",
        "每次公布都按其可能透露的信息量计费，与内容无关。各队可能共享所知，因此将所有队伍的计费相加。";
    ledger_split: "At most {bytes} bytes ({bits} bits) have left it, to {teams} teams; it has {items} items.", "至多 {bytes} 字节（{bits} 比特），涉及 {teams} 支队伍；共 {items} 个样本。";
    ledger_policy: "Policy", "公布规则";
    ledger_levels: "Levels", "等级数";
    ledger_step: "Step", "级差";
    ledger_budget: "Budget of a team, bits", "每队预算（比特）";
    ledger_cost: "A release costs, bits", "每次公布计费（比特）";
    ledger_cost_ladder: "0.193; 4 to {most} where the level rises", "0.193；等级上升时 4 至 {most}";
    ledger_tau: "{phase}: with probability 95 %, a released score is within {tau} of the true one, for a metric from 0 to 1.", "{phase}：对取值 0 到 1 的指标，公布成绩与真实成绩之差以 95 % 的概率不超过 {tau}。";
    ledger_waits: "What the boards do not show yet is not in these sums yet.", "尚未在排行榜上公布的内容暂不计入。";
    frozen: "Frozen: what is released since then is shown once the board is thawed. Since", "已封榜，此后的成绩将在解封后公布。封榜时间：";
    finalized: "Final since", "定稿时间：";
    unranked_baseline: "baseline", "基线";
    unranked_guest: "out of competition", "不计名次";
    empty_jury: "This board is shown once the phase is final.", "本排行榜将在阶段定稿后公布。";
    empty_finalize: "Scores of this phase are shown once it is final.", "本阶段成绩将在定稿后公布。";
    about: "About", "说明";
    input: "Input", "输入";
    input_image: "Each item is a picture of {width} × {height} pixels, {colour}, as unsigned bytes in the order height, width, channel.",
        "每个样本是一幅 {width} × {height} 像素的{colour}图像，以无符号字节按高、宽、通道的顺序给出。";
    gray: "grayscale", "灰度";
    rgb: "RGB colour", "RGB 彩色";
    channels: "{n} channels", "{n} 通道";
    fit_stretch: " Originals were stretched to this size.", "原图拉伸到此尺寸。";
    fit_crop: " Originals were resized by their short side and cropped at the centre.", "原图按短边缩放后居中裁剪。";
    fit_pad: " Originals were resized by their long side and padded with black.", "原图按长边缩放后用黑色填充。";
    input_audio: "Each item is mono sound at {rate} Hz, {samples} samples ({seconds} s), as 32-bit floats from −1 to 1; shorter recordings are padded with zeros at the end.",
        "每个样本是 {rate} Hz 单声道音频，共 {samples} 个采样点（{seconds} 秒），为 −1 到 1 的 32 位浮点数；不足部分在末尾补零。";
    answer: "Answer", "输出";
    input_native: "Each item is a picture of its own size, up to {width} × {height} pixels, {colour}, as unsigned bytes in the order height, width, channel.",
        "每个样本是一张保持原始尺寸的图像，最大 {width} × {height} 像素，{colour}，无符号字节，顺序为高、宽、通道。";
    input_audio_bounded: "Each item is mono sound at {rate} Hz of its own length, up to {samples} samples ({seconds} s), as 32-bit floats from −1 to 1.",
        "每个样本是 {rate} Hz 的单声道音频，保持原始长度，最多 {samples} 个采样点（{seconds} 秒），数值为 −1 到 1 的 32 位浮点数。";
    input_video: "Each item is a clip of {frames} frames of {width} × {height} pixels, RGB colour, taken evenly from the video.",
        "每个样本是从视频中均匀抽取的 {frames} 帧 {width} × {height} 像素的 RGB 图像。";
    input_text: "Each item is a text of up to {bytes} bytes of UTF-8 (Unicode NFC).",
        "每个样本是一段最多 {bytes} 字节的 UTF-8 文本（Unicode NFC）。";
    answer_classes: "For each item, one of {n} classes: the model returns float scores of shape [batch, {n}], or class indices of shape [batch].",
        "为每个样本给出 {n} 个类别之一：模型返回形状为 [batch, {n}] 的浮点分数，或形状为 [batch] 的类别序号。";
    class_names: "Class names, in index order", "类别名称（按序号）";
    answer_multilabel: "For each item, any of {n} classes: the model returns float scores of shape [batch, {n}].",
        "每个样本可属于 {n} 个类别中的任意多个：模型返回形状为 [batch, {n}] 的浮点分数。";
    answer_values: "For each item, {n} numbers: the model returns floats of shape [batch, {n}].",
        "每个样本回答 {n} 个数值：模型返回形状为 [batch, {n}] 的浮点数。";
    answer_boxes: "For each picture, up to {count} objects of {n} classes: boxes in pixels of the picture the model was given, each with a class and a score.",
        "每张图像最多 {count} 个目标，共 {n} 个类别：模型返回所给图像像素坐标下的框、类别与分数。";
    answer_mask: "For each pixel, one of {n} classes: the model returns scores of shape [batch, {n}, height, width], or class indices of shape [batch, height, width].",
        "每个像素属于 {n} 个类别之一：模型返回形状为 [batch, {n}, height, width] 的分数，或形状为 [batch, height, width] 的类别编号。";
    answer_transcript: "For each item, a text of up to {n} bytes: the model returns strings, token ids, or CTC logits, which the platform decodes.",
        "每个样本回答一段最多 {n} 字节的文本：模型返回字符串、词元编号或由平台解码的 CTC 分数。";
    answer_verification: "For each item, a vector of up to {n} numbers; the platform compares pairs of items by their vectors.",
        "每个样本返回一个最多 {n} 维的向量，平台据此比较成对的样本。";
    answer_retrieval: "For each item, a vector of up to {n} numbers; for every query the platform finds the {count} most similar items of a gallery.",
        "每个样本返回一个最多 {n} 维的向量，平台为每个查询在图库中检索最相似的 {count} 个样本。";
    answer_segments: "For each item, up to {count} events of {n} classes: start and end in seconds, each with a class and a score.",
        "每个样本最多 {count} 个事件，共 {n} 个类别：起止时间（秒）、类别与分数。";
    contract_other: "This task has a contract that these pages do not know; the command line shows it.",
        "本页面无法显示此任务的接口约定，请用命令行查看。";
    metrics: "Metrics", "指标";
    metrics_about: "What tasks and files may be scored by. Each equals a reference implementation; the texts of the registry are in English.",
        "任务与文件可用的评分指标。每个指标都与所列参考实现取值一致；指标说明为英文原文。";
    metric_items: "What the items are", "数据类型";
    modality_any: "Anything", "任意数据";
    modality_image: "Pictures", "图像";
    modality_audio: "Sounds", "音频";
    modality_video: "Videos", "视频";
    modality_text: "Texts", "文本";
    modality_other: "Others", "其他";
    metric_id: "Id", "编号";
    metric_title: "Title", "名称";
    metric_better: "Better", "方向";
    metric_range: "Range", "取值范围";
    metric_suite: "Suite", "指标组";
    metric_formula: "Formula", "公式";
    metric_reference: "Same values as", "参考实现";
    metric_ties: "Ties and missing answers", "并列与缺失";
    metric_needs: "Needs", "需要";
    needs_scores: "scores: class indices are not enough", "分数：仅有类别序号不够";
    needs_probabilities: "probabilities: scores from 0 to 1", "概率：0 到 1 之间的分数";
    metric_scores: "Scores", "适用";
    metric_parameters: "Parameters", "参数";
    metric_predictions: "Predictions, one row per item", "预测列（每个样本一行）";
    metric_labels: "Labels", "标注列";
    metric_settings: "Settings", "设置";
    metric_as_asked: "with its parameters filled in:", "填入参数：";
    metric_command: "The same in a terminal:", "在终端查看：";
    scores_tasks: "tasks that ask for {answers}", "任务，其输出为{answers}";
    scores_files: "files only: egret score", "仅用于文件：egret score";
    answer_word_classes: "one class per item", "单一类别";
    answer_word_multilabel: "any classes of an item", "多个类别";
    answer_word_values: "numbers", "数值";
    answer_word_boxes: "boxes", "目标框";
    answer_word_mask: "a class per pixel", "逐像素类别";
    answer_word_transcript: "a text", "文本";
    answer_word_segments: "events in time", "时间片段";
    answer_word_verification: "embeddings compared in trials", "成对比较的向量";
    answer_word_retrieval: "embeddings searched in a gallery", "在图库中检索的向量";
    metric_ranks: "ranks the board", "决定排名";
    metric_shown: "shown as well", "一并显示";
    higher: "higher is better", "越高越好";
    lower: "lower is better", "越低越好";
    limits: "Limits per evaluation", "每次评测的限制";
    limit_wall: "{n} s of time", "运行 {n} 秒";
    limit_cpu: "{n} s of CPU", "CPU {n} 秒";
    limit_memory: "{n} MiB of memory", "内存 {n} MiB";
    limit_threads: "{n} CPU threads", "CPU 线程 {n} 个";
    limit_model: "model up to {n} MiB", "模型不超过 {n} MiB";
    data: "Data", "数据";
    items: "items", "个样本";
    sample: "Download the public sample (zip)", "下载公开样例（zip）";
    sample_note: "The exact inputs that a model receives, with labels.csv. Everything else stays hidden.",
        "与模型实际收到的输入完全一致，附 labels.csv。其余数据均不可见。";
    no_sample: "No test set is live yet; the sample comes with it.", "测试集尚未启用，样例将一同提供。";
    licence: "Licence of the data", "数据许可";
    commitment: "Commitment to the test set", "测试集承诺";
    commitment_note: "A digest of every hidden item and label, published beforehand: the organizer can show later that this is what was scored.",
        "所有隐藏样本与标签的摘要，事先公布：主办方事后可据此证明评分所用正是这套数据。";
    board: "Leaderboard", "排行榜";
    board_of: "Leaderboard: {phase}", "{phase}排行榜";
    overall: "Overall board", "总榜";
    overall_of: "Overall board: {phase}", "{phase}总榜";
    overall_mean_rank: "Teams are ranked by the mean of their ranks on the boards of the tasks; where a team has none, one more than the number of ranked teams counts.",
        "按各任务榜名次的平均值排名；没有成绩的任务，名次按该榜上榜队伍数加一计算。";
    overall_normalised: "Teams are ranked by the sum of their scores, each between 0 (the task's baseline) and 1 (its best).",
        "按各任务得分之和排名，每个任务的得分介于 0（基线）与 1（最好值）之间。";
    overall_medals: "Teams are ranked by gold, then silver, then bronze: the first, second and third places on the boards of the tasks.",
        "按金、银、铜牌数依次排名，即各任务榜的第一、二、三名。";
    overall_other: "Teams are ranked by the boards of the tasks.", "按各任务榜综合排名。";
    overall_ties: "Equal teams share a rank. The boards of the tasks are the public ones.",
        "成绩相同的队伍名次并列。总榜只依据公开的任务榜计算。";
    overall_empty: "No team is on a board of this phase yet.", "本阶段还没有队伍上榜。";
    overall_weight: "weight {n}", "权重 {n}";
    mean_rank: "Mean rank", "平均名次";
    overall_score: "Score", "总分";
    gold: "Gold", "金牌";
    silver: "Silver", "银牌";
    bronze: "Bronze", "铜牌";
    no_rank: "not ranked", "未上榜";
    rank_interval: "Rank interval", "名次区间";
    rank_interval_about: "Rank interval: with 95 % for all teams at once, the rank that a model deserves lies there.",
        "名次区间：各模型应得的名次均落在所示区间内，总体置信度 95 %。";
    moved: "Moved", "升降";
    moved_about: "Moved: compared with the public board of phase {phase}.", "升降：与阶段 {phase} 的公开榜相比。";
    prize: "Prize, {unit}", "奖金（{unit}）";
    no_prize: "no prize", "无奖金";
    prize_kept: "{amount} {unit} are kept: they cannot be divided, or are for places where nobody stands.",
        "{amount} {unit} 未发放：无法均分，或相应名次没有队伍。";
    rank: "Rank", "名次";
    team: "Team", "队伍";
    teams: "Teams", "队伍";
    teams_of: "Teams: {competition}", "{competition}：队伍";
    no_teams: "No team has been founded yet.", "还没有队伍。";
    team_founded: "Founded", "成立";
    team_pending: "waits for approval", "等待审核";
    team_disqualified: "disqualified", "已取消资格";
    team_merged: "merged", "已合并";
    team_merged_into: "It is part of another team now.", "已并入另一支队伍。";
    team_baseline: "baseline, not ranked", "基线，不参与排名";
    team_guest: "out of competition, not ranked", "非正式参赛，不参与排名";
    task: "Task", "任务";
    entries: "Takes part in", "参加的任务";
    no_entries: "It takes part in no task yet.", "尚未参加任何任务。";
    entered: "Since", "参加时间";
    entry_count: "{n} teams", "{n} 支队伍";
    submissions: "Submissions", "提交";
    accepted: "Accepted", "提交时间";
    undefined: "undefined", "无定义";
    certificate: "certificate", "证书";
    updated: "Updated", "更新于";
    live: "Live: new scores appear by themselves", "实时：新成绩会自动出现";
    reconnecting: "Reconnecting…", "正在重新连接…";
    empty_open: "No scores yet. Be the first:", "还没有成绩。来第一个提交吧：";
    empty_upcoming: "This phase has not started. Download the sample, and when it opens:", "本阶段尚未开始。可先下载样例，开始后运行：";
    empty_closed: "No team scored in this phase.", "本阶段没有队伍取得成绩。";
    no_phases: "This competition has no phases.", "本竞赛没有阶段。";
    chart: "Best score so far", "当前最好成绩";
    chart_of: "Best {metric} so far of the top teams over time", "领先队伍的{metric}最好成绩随时间的变化";
    chart_empty: "The chart starts with the first score.", "有成绩后将显示曲线。";
    chart_time: "time (UTC)", "时间（UTC）";
    language: "Language", "语言";
    not_found: "There is nothing here", "这里什么也没有";
    not_found_next: "The address may be mistyped, or the competition is not published.", "地址可能有误，或竞赛尚未发布。";
    bad_request: "This address makes no sense to us", "无法理解这个地址";
    bad_request_next: "Start again from the list of competitions.", "请从竞赛列表重新开始。";
    unavailable: "The server is busy or away", "服务器繁忙或暂不可用";
    unavailable_next: "Try again in a few seconds. Nothing is lost.", "请几秒后重试，不会丢失任何数据。";
    broken: "Something went wrong on our side", "我们这边出了问题";
    broken_next: "It has been logged. Try again, or tell the operator.", "错误已记录。请重试或联系管理员。";
    home: "Back to the competitions", "返回竞赛列表";
    metric_accuracy: "Accuracy", "准确率";
    metric_balanced_accuracy: "Balanced accuracy", "平衡准确率";
    metric_f1_macro: "Macro F1", "宏平均 F1";
    metric_log_loss: "Log loss", "对数损失";
    metric_top: "Top-{k} accuracy", "前 {k} 准确率";
}

/// The message with each `{key}` replaced. The result is text: templates escape it like any other.
pub(crate) fn fill(message: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let mut text = message.to_owned();
    for (key, value) in values {
        text = text.replace(&format!("{{{key}}}"), &value.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `{…}` of a message, sorted.
    fn places(message: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            message.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn both_languages_say_everything() {
        for ((key, en), (_, zh)) in EN.all().into_iter().zip(ZH.all()) {
            assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "{key} is empty");
            assert_eq!(places(en), places(zh), "{key} fills other places in Chinese");
        }
    }

    #[test]
    fn the_chinese_is_chinese() {
        for (key, zh) in ZH.all() {
            assert!(zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{key}: {zh}");
        }
    }

    #[test]
    fn places_are_filled() {
        assert_eq!(fill("{n} of {m}, {n}", &[("n", &3), ("m", &"x")]), "3 of x, 3");
    }
}
