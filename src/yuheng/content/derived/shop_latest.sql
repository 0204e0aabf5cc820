/* ---
name: shop_latest
name_zh: 网店最近核查
description: The latest check of each online shop at D; the shop belongs to the holder found at that check.
grain: shop
keys: [shop_id]
inputs: [online_shop]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  platform: {type: VARCHAR, name_zh: 平台}
  shop_id: {type: VARCHAR, name_zh: 网店编号}
  check_date: {type: DATE, name_zh: 核查日期}
  shop_status: {type: VARCHAR, name_zh: 网店状态}
  licence_shown: {type: SMALLINT, name_zh: 是否亮照}
  info_match: {type: SMALLINT, name_zh: 信息是否一致}
  rating: {type: "DECIMAL(3,2)", name_zh: 评分}
  rating_cnt: {type: INTEGER, name_zh: 评价数}
--- */
select ent_id, platform, shop_id, check_date, shop_status, licence_shown, info_match, rating, rating_cnt
from online_shop
where check_date <= :as_of
qualify row_number() over (partition by shop_id order by check_date desc, ent_id nulls last, source_key) = 1
