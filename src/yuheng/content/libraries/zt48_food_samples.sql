/* ---
id: ZT48
name_zh: 食品抽检专题库
name_en: Food sampling
domain: 食品
description: >-
  Samples of food with the items tested; of a failed sample, the first item over its limit.
grain: sample
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-SAMP]
inputs: [food_sampling, sampling_handling, sampling_item]
record: s
spine: food_sampling
columns:
  sample_no: {type: VARCHAR, name_zh: 抽样编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 被抽样单位主体编号}
  product: {type: VARCHAR, name_zh: 产品, level: L1}
  sample_date: {type: DATE, name_zh: 抽样日期, level: L1}
  report_date: {type: DATE, name_zh: 报告日期, level: L1}
  result: {type: VARCHAR, name_zh: 结论, level: L1, codes: conclusion}
  is_responsible: {type: SMALLINT, name_zh: 是否责任方, level: L1}
  item_cnt: {type: BIGINT, name_zh: 检验项目数, level: L1}
  failed_cnt: {type: BIGINT, name_zh: 不合格项目数, level: L1}
  failed_items: {type: VARCHAR, name_zh: 不合格项目, level: L1}
  item: {type: VARCHAR, name_zh: 首个不合格项目, level: L1}
  value_text: {type: VARCHAR, name_zh: 检验结果, level: L1}
  limit_text: {type: VARCHAR, name_zh: 限量, level: L1}
  handling: {type: VARCHAR, name_zh: 处置方式, level: L1, codes: sampling_handling}
  handle_due: {type: DATE, name_zh: 处置期限, level: L1}
  handle_done: {type: DATE, name_zh: 处置完成日期, level: L1}
checks:
  - {id: result, rule: "result is not null", action: flag, reason: 结论缺失}
  - {id: agree, rule: "result <> 'PASS' or failed_cnt = 0", action: flag, reason: 结论合格而有不合格项目}
--- */
with i as (
  select sample_no, count(*) as item_cnt, sum(case when result = 'FAIL' then 1 else 0 end) as failed_cnt,
         string_agg(case when result = 'FAIL' then item end, ',' order by item) as failed_items
  from sampling_item group by sample_no),
w as (
  select sample_no, item, value_text, limit_text from sampling_item where result = 'FAIL'
  qualify row_number() over (partition by sample_no order by item, known_from desc, source, source_key) = 1),
h as (
  select sample_no, handling, due_date, done_date from sampling_handling
  qualify row_number() over (partition by sample_no order by begun_date desc, known_from desc, source, source_key) = 1)
select s.sample_no, s.ent_id, s.product, s.sample_date, s.report_date, s.result, s.is_responsible, coalesce(i.item_cnt, 0) as item_cnt,
       coalesce(i.failed_cnt, 0) as failed_cnt, i.failed_items, w.item, w.value_text, w.limit_text, h.handling, h.due_date as handle_due, h.done_date as handle_done
from food_sampling s left join i on i.sample_no = s.sample_no left join w on w.sample_no = s.sample_no left join h on h.sample_no = s.sample_no
