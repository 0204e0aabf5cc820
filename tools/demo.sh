#!/usr/bin/env bash
# The main job from nothing on one machine: simulate a province, take it in, rate it, back-test it, explain one enterprise.
set -euo pipefail
bin=$1 dir=$2
if [ -e "$dir" ] && [ ! -e "$dir/yuheng.toml" ]; then
  echo "$dir exists and is no deployment; name another folder: make demo DEMO=folder" >&2
  exit 2
fi
rm -rf "$dir"
"$bin/yuheng" init "$dir" --name 玉衡演示
export YUHENG_DIR=$dir
"$bin/yuheng" simulate --enterprises "${ENTERPRISES:-20000}" --months 24
day=$("$bin/python" -c 'from yuheng.simulate import last_month_end; from datetime import date; print(last_month_end(date.today()))')
"$bin/yuheng" run --as-of "$day"
firm=$("$bin/yuheng" rating top --limit 1 --json | "$bin/python" -c 'import json, sys; print(json.load(sys.stdin)["firms"][0]["uscc"])')
echo
"$bin/yuheng" explain "$firm" --reason 演示
echo
echo "以上全部为模拟数据。部署目录：$dir。继续：$bin/yuheng --help"
