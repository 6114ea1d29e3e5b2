"""The first page of a workbook: how cells are written, an example beside its meaning in both languages."""

from evenhand.kernel.text import Bilingual

B = Bilingual

NOTES: tuple[tuple[str, Bilingual], ...] = (
    ("", B("怎样填写决策表", "How to fill in a decision table")),
    (
        "",
        B(
            "每张表一个工作表，每行一条规则。改完存成 .xlsx，再导入草稿。",
            "A sheet for each table, a row for each rule. Save as .xlsx and take it back into the draft.",
        ),
    ),
    ("", B("条件怎样写", "How to write a condition")),
    ("-", B("任何情形，也可留空", "Anything; the cell may also be empty")),
    ("[1..30]", B("1 至 30，两端都含", "From 1 to 30, both included")),
    ("(30..60]", B("大于 30，至 60（含）", "Above 30, up to and including 60")),
    (">= 5", B("5 及以上；也可用 <、<=、>", "5 or more; also <, <= and >")),
    ("0,[5..9]", B("0，或者 5 至 9", "0, or from 5 to 9")),
    (
        '"M1","M2"',
        B(
            "M1 或 M2；文字加英文双引号，代码不加引号也能识别",
            "M1 or M2; texts stand in double quotes, codes are understood without",
        ),
    ),
    ('not("M1")', B("除 M1 以外", "Anything but M1")),
    ("true", B("是；false 为否，也可写 是、否", "Yes; false is no")),
    ("", B("结果怎样写", "How to write an answer")),
    ('"CALL"', B("一个值；可用的值见 VALUES 页", "One value; those that may stand there are on the page VALUES")),
    ("120", B("数字不加引号", "A number stands without quotes")),
    ("", B("规则怎样增减", "How to add and remove rules")),
    (
        "",
        B(
            "规则号留空的行是新规则；复制一行时，第二次出现的规则号视为新规则。",
            "A row without a rule id is a new rule; so is a copied row, whose id stands further up already.",
        ),
    ),
    (
        "",
        B(
            "删去整行即删除规则；调换行序即调换规则次序。",
            "Delete the row to delete the rule; move the row to move the rule.",
        ),
    ),
    (
        "",
        B(
            "新增条件列：在“字段”行写事实名称，在“规则号”行写“条件”。",
            "To add a condition, write the fact's name in the row Field and “Input” in the row Rule.",
        ),
    ),
    (
        "",
        B(
            "不可用：公式、合并单元格、隐藏的工作表、宏。",
            "Not allowed: formulas, merged cells, hidden sheets, macros.",
        ),
    ),
    (
        "",
        B(
            "全角标点（，（）“”≥）会自动换成半角。请勿改动第 2 行与“字段”行。",
            "Full-width punctuation is turned into ASCII. Leave row 2 and the row Field as they are.",
        ),
    ),
)  # fmt: skip
