# 应急管理专家信息管理系统。Run `make help`.
#
# Console scripts in .venv are called as modules (python -m ...) throughout, and every path is
# relative or quoted, so that a checkout may lie in a folder whose name has spaces.

PORT ?= 8080
PYTEST_ARGS ?= -n 2 --dist loadfile --no-loadscope-reorder
SIZE ?= 100000
DB ?= sqlite
USERS ?= 200
MINUTES ?= 30
export PORT PYTEST_ARGS

.DEFAULT_GOAL := help
.PHONY: help run seed test thorough test-postgresql lint check bench measure load upgrade stress bare clean

help: ## 列出全部命令 / lists the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PORT=8090 make run              换一个端口 / another port"
	@echo "  PYTEST_ARGS='tests/services' make test   只跑一部分测试 / some of the tests"

run: ## 安装依赖、准备数据库和示例数据，在 127.0.0.1:8080 启动 / installs, prepares, serves
	@scripts/run

seed: ## 更新数据库结构，载入基础数据和示例数据，不启动 / migrations, reference data, samples; no server
	@scripts/setup requirements.txt
	@.venv/bin/python -m scripts.prepare

test: ## 安装测试所需，跑全部检查和测试 / installs what tests need, runs every check and test
	@scripts/setup requirements-dev.txt
	@scripts/setup requirements-bench.txt .venv-bench
	@scripts/setup requirements-load.txt .venv-load
	@scripts/parts
	@scripts/lint
	@scripts/check
	@.venv/bin/python -m pytest $(PYTEST_ARGS)

thorough: ## 全部测试，各表单、各筛选的每一种输入都试到，约 20 分钟 / every test, with every input of every form and filter
	@THOROUGH=1 $(MAKE) --no-print-directory test

test-postgresql: ## 全部测试只用 PostgreSQL，浏览器中的全流程也在内 / every test, the browser's too, on PostgreSQL alone
	@scripts/setup requirements-dev.txt
	@scripts/parts
	@TEST_DATABASES=postgresql .venv/bin/python -m pytest $(PYTEST_ARGS)

lint: ## 只做静态检查：ruff、mypy、import-linter / static checks only
	@scripts/setup requirements-dev.txt
	@scripts/lint

check: ## 静态检查，另查代码和依赖的已知漏洞：bandit、pip-audit / lint, and known weaknesses
	@scripts/setup requirements-dev.txt
	@scripts/lint
	@scripts/check

bench: ## 与 FAB、Django、SQLAdmin 在同样的数据上比速度（SIZE=10000、100000 或 1000000，DB=sqlite 或 postgresql）/ the product beside its peers on the same rows
	@scripts/setup requirements-dev.txt
	@scripts/setup requirements-bench.txt .venv-bench
	@.venv/bin/python -m benchmarks.compare --size $(SIZE) --database $(DB) --leave
	@.venv/bin/python -m benchmarks.work --size $(SIZE) --database $(DB) --reuse
	@.venv/bin/python -m benchmarks.report

measure: ## 其余测量：轮换密钥，备份和恢复，各列表查询几次、多快，聘书多快、多大，短信多久发出 / a rotation of keys, a backup, every list, certificates, the worker
	@scripts/setup requirements-dev.txt
	@.venv/bin/python -m benchmarks.rotation --size $(SIZE) --database $(DB)
	@.venv/bin/python -m benchmarks.backup --size $(SIZE) --database $(DB)
	@.venv/bin/python -m benchmarks.lists --size $(SIZE) --database $(DB)
	@.venv/bin/python -m benchmarks.certificate
	@.venv/bin/python -m benchmarks.worker --database $(DB)

load: ## 200 人同时使用，十万位专家，30 分钟（USERS、MINUTES、SIZE），写入 docs/load.svg；需要 PostgreSQL 和 Redis / many people at once
	@scripts/setup requirements-dev.txt
	@scripts/setup requirements-load.txt .venv-load
	@.venv/bin/python -m benchmarks.load --users $(USERS) --minutes $(MINUTES) --size $(SIZE)

upgrade: ## 一百万位专家（SIZE）在升级数据库结构时，别人每一步最多等多久；需要 PostgreSQL / how long anybody waits while migrations run
	@scripts/setup requirements-dev.txt
	@.venv/bin/python -m benchmarks.upgrade --size $(SIZE)

stress: ## 多人同时操作、进程被强行终止（kill -9）时是否出错，两种数据库，约两小时 / races and kills, in full
	@scripts/setup requirements-dev.txt
	@.venv/bin/python -m tests.stress --database sqlite
	@.venv/bin/python -m tests.stress --database postgresql

bare: ## 在一台只有系统的 Debian 12（debootstrap、systemd-nspawn）里照运维手册和 README 从头做一遍，约 20 分钟；需要 root / the guides on a bare Debian
	@scripts/setup requirements-dev.txt
	@.venv/bin/python -m tests.bare

clean: ## 删除依赖环境和缓存；instance 里的数据不动 / removes the environments and caches, never the data in instance
	rm -rf .venv .venv-bench .venv-load .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './instance/*' -prune -exec rm -rf {} +
