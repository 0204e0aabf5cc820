/* ---
id: ZT47
name_zh: 网络餐饮专题库
name_en: Online catering
domain: 食品
description: >-
  The latest check of each shop on a platform: licence shown, agreement with the register, rating, and the
  platform's measures against it.
grain: platform shop
keys: [shop_id]
sensitivity: L1
freshness_days: 1
sources: [S-PLAT]
inputs: [online_shop, platform_action]
record: s
spine: online_shop
columns:
  platform: {type: VARCHAR, name_zh: 平台, level: L1}
  shop_id: {type: VARCHAR, name_zh: 店铺编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  shop_name: {type: VARCHAR, name_zh: 店铺名称, level: L1}
  check_date: {type: DATE, name_zh: 检查日期, level: L1}
  shop_status: {type: VARCHAR, name_zh: 店铺状态, level: L1, codes: shop_status}
  licence_shown: {type: SMALLINT, name_zh: 是否亮证, level: L1}
  match_flag: {type: SMALLINT, name_zh: 公示信息是否一致, level: L1}
  rating: {type: "DECIMAL(3,2)", name_zh: 评分, level: L1}
  rating_cnt: {type: INTEGER, name_zh: 评分人数, level: L1}
  action_cnt: {type: BIGINT, name_zh: 平台处置次数, level: L1}
  last_action_date: {type: DATE, name_zh: 最近处置日期, level: L1}
checks:
  - {id: rating, rule: "rating is null or (rating >= 0 and rating <= 5)", action: flag, reason: 评分不在零与五之间}
--- */
with s as (select * from online_shop qualify row_number() over (partition by shop_id order by check_date desc, ent_id, known_from desc, source, source_key) = 1),
a as (select shop_id, count(*) as action_cnt, max(action_date) as last_action_date from platform_action group by shop_id)
select s.platform, s.shop_id, s.ent_id, s.shop_name, s.check_date, s.shop_status, s.licence_shown, s.info_match as match_flag, s.rating, s.rating_cnt,
       coalesce(a.action_cnt, 0) as action_cnt, a.last_action_date
from s left join a on a.shop_id = s.shop_id
