"""The texts of faults: code -> Chinese, English. Each says what is wrong and what to do."""

_TEMPLATE_ZH = "请在 Excel 中把该列设为“文本”格式后重新填写，或使用系统提供的模板"
_TEMPLATE_EN = "format the column as text and enter it again, or use our template"

_FILES: dict[str, tuple[str, str]] = {
    "file-empty": ("文件没有数据行", "the file has no data row"),
    "file-pdf": (
        "这是 PDF 文件，不是表格；请上传 xlsx、xls、ods、CSV 或 NDJSON",
        "this is a PDF, not a table; send xlsx, xls, ods, CSV or NDJSON",
    ),
    "file-image": (
        "这是图片，不是表格；请上传 xlsx、xls、ods、CSV 或 NDJSON",
        "this is a picture, not a table; send xlsx, xls, ods, CSV or NDJSON",
    ),
    "file-html": (
        "这是网页（有的系统导出的“.xls”其实是网页）；请用 Excel 或 WPS 打开，另存为 xlsx",
        (
            "this is a web page, as some systems export under the name .xls; open it in Excel and save "
            "it as xlsx"
        ),
    ),
    "file-xml": (
        "这是 XML 文件；请用 Excel 或 WPS 打开，另存为 xlsx",
        "this is an XML file; open it in Excel and save it as xlsx",
    ),
    "file-word": (
        "这是文字处理文档，不是表格；请把表格复制到 Excel 或 WPS 表格中保存",
        "this is a text document, not a table; copy the table into a spreadsheet and save that",
    ),
    "file-presentation": (
        "这是演示文稿，不是表格；请上传 xlsx、xls、ods、CSV 或 NDJSON",
        "this is a presentation, not a table; send xlsx, xls, ods, CSV or NDJSON",
    ),
    "file-archive": (
        "这是压缩包；请解压后上传其中的表格",
        "this is an archive; unpack it and send the table that is in it",
    ),
    "file-macros": (
        "文件含有宏；请另存为不含宏的 xlsx",
        "the file holds macros; save it as xlsx, without macros",
    ),
    "file-xlsb": (
        "不支持 xlsb 二进制工作簿；请另存为 xlsx",
        "binary workbooks (xlsb) are not read; save it as xlsx",
    ),
    "file-encrypted": (
        "文件设有密码；请取消密码后重新保存",
        "the file has a password; remove it and save the file again",
    ),
    "file-json-array": (
        "JSON 应为每行一个对象（NDJSON），不是一个数组",
        "JSON has one object a line (NDJSON), not an array",
    ),
    "file-binary": (
        "文件不是表格，也不是文本；请上传 xlsx、xls、ods、CSV 或 NDJSON",
        "the file is neither a workbook nor text; send xlsx, xls, ods, CSV or NDJSON",
    ),
    "file-damaged": (
        "文件已损坏或不完整；请用 Excel 或 WPS 打开，重新保存后再上传",
        "the file is damaged or cut off; open it in Excel, save it again and send that",
    ),
    "file-unreadable": (
        "文件无法读取；请用 Excel 或 WPS 打开，另存为 xlsx 后再上传",
        "the file cannot be read; open it in Excel, save it as xlsx and send that",
    ),
    "check-out-of-memory": (
        "核对该文件所需内存超过上限；请拆分文件，或另存为 CSV",
        "checking the file needs more memory than is allowed; split it, or save it as CSV",
    ),
    "check-out-of-time": (
        "核对该文件所需时间超过上限；请拆分文件，或另存为 CSV",
        "checking the file takes longer than is allowed; split it, or save it as CSV",
    ),
    "check-out-of-space": (
        "该文件的核对结果过大；请拆分文件",
        "what the check of this file tells is too large; split the file",
    ),
}

_ARCHIVES: dict[str, tuple[str, str]] = {
    "zip-members": (
        "文件内部的成员过多（上限 {limit} 个）；请重新另存为 xlsx",
        "the file holds more than {limit} members; save it as xlsx again",
    ),
    "zip-too-large": (
        "文件解压后超过 {limit} MB；请拆分文件，或另存为 CSV",
        "unpacked, the file is larger than {limit} MB; split it, or save it as CSV",
    ),
    "zip-ratio": (
        "文件压缩比超过 {limit} 倍，通常是含有大量空行或空列；请只复制有内容的部分到新文件",
        (
            "the file unpacks to more than {limit} times its size, as happens with very many empty "
            "rows; copy what has content into a new file"
        ),
    ),
    "zip-member-name": (
        "文件内部的成员名称有误（重复、绝对路径、“..” 或链接）；请重新另存为 xlsx",
        (
            "a member of the file is a duplicate, a link, or has a path that leads out of it; save it "
            "as xlsx again"
        ),
    ),
    "zip-nested": (
        "文件内部含有另一个压缩包；请只保留表格后另存",
        "the file holds another archive; keep only the table and save it again",
    ),
    "zip-trailing": (
        "文件前后附有多余内容；请重新另存为 xlsx",
        "the file has further data before or after it; save it as xlsx again",
    ),
    "xml-entities": (
        "文件的 XML 声明了实体，不予读取；请重新另存为 xlsx",
        "the XML of the file declares entities, which are not read; save it as xlsx again",
    ),
}

_ENCODINGS: dict[str, tuple[str, str]] = {
    "encoding-utf16": (
        "文件是 UTF-16 编码（“Unicode 文本”）；请在 Excel 中另存为“CSV UTF-8”",
        "the file is UTF-16 (Unicode text); save it as CSV UTF-8",
    ),
    "encoding-unknown": (
        "从本行起既不是 UTF-8 也不是 GB18030 编码；请在 Excel 中另存为“CSV UTF-8”",
        "from this row on it is neither UTF-8 nor GB18030; save the file as CSV UTF-8",
    ),
    "encoding-mixed": (
        "文件混有两种编码：本行不是 UTF-8，而文件也不是 GB18030；请在 Excel 中另存为“CSV UTF-8”",
        (
            "the file mixes encodings: this row is not UTF-8, and the file is not GB18030; save it as "
            "CSV UTF-8"
        ),
    ),
    "encoding-cut": (
        "文件在一个字符中间中断；请重新导出并完整上传",
        "the file ends in the middle of a character; export it again and send all of it",
    ),
    "character-nul": ("含有 NUL 字符，文件可能已损坏", "it holds a NUL; the file may be damaged"),
}

_TABLES: dict[str, tuple[str, str]] = {
    "column-missing": (
        "表头缺少列：{names}；第 1 行应为表头",
        "missing column: {names}; row 1 is the header",
    ),
    "column-twice": ("同一列出现两次：{names}", "the same column stands twice: {names}"),
    "columns-too-many": (
        "列数超过 {limit}；请删除多余的列",
        "there are more than {limit} columns; delete those that are not needed",
    ),
    "cells-repeated": (
        "工作表的行或列大量重复，展开后超过 {limit} 个单元格；请只复制有内容的部分到新文件，或另存为 CSV",
        (
            "rows or columns of the sheet are repeated so often that it has more than {limit} cells; copy "
            "what has content into a new file, or save it as CSV"
        ),
    ),
    "header-below": (
        "表头在第 {found} 行；请删除表头以上的行",
        "the header is in row {found}; delete the rows above it",
    ),
    "sheets-several": (
        "有几张工作表都像要导入的数据：{names}；请只保留一张",
        "several sheets look like the data: number {numbers}; keep one",
    ),
    "csv-malformed": (
        "引号不配对，或换行符有误；本行及以后未核对",
        "a quote or line end is malformed; nothing from here on was checked",
    ),
    "line-too-long": (
        "一行超过 {limit} MB；本行及以后未核对",
        "a row is longer than {limit} MB; nothing from here on was checked",
    ),
    "json-malformed": ("不是规范的 JSON 对象", "not a strict JSON object"),
    "field-count": ("应有 {wanted} 个字段，实有 {got} 个", "{wanted} fields expected, {got} found"),
    "value-kind": (
        "此处应为文本，不应为嵌套的 JSON",
        "a text is expected here, not nested JSON",
    ),
    "formula-without-value": (
        "单元格是公式且没有保存结果；请复制后“选择性粘贴—数值”",
        "the cell is a formula without a stored value; paste it as a value",
    ),
    "cell-error": (
        "单元格是公式错误；请更正后重新保存",
        "the cell holds the error of a formula; correct it and save again",
    ),
}

_CODES: dict[str, tuple[str, str]] = {
    "code-missing": ("缺少统一社会信用代码", "the unified social credit code is missing"),
    "code-rounded": (
        f"代码已被 Excel 当作数字取整，末几位已丢失，无法还原；{_TEMPLATE_ZH}",
        (
            f"Excel took the code for a number and rounded it, its last digits are lost; "
            f"{_TEMPLATE_EN}"
        ),
    ),
    "code-number": (
        f"代码是数字而不是文本，可能已失真；{_TEMPLATE_ZH}",
        f"the code is a number, not a text, and may have changed; {_TEMPLATE_EN}",
    ),
    "national-id": (
        "这是公民身份号码，名录库不得存放；请改用主体自己的代码",
        "this is a national id number, which is never stored; use a code of the subject's own",
    ),
    "code-full-width": (
        "代码含有全角字符{propose}",
        "the code holds full-width characters{propose}",
    ),
    "code-spaces": (
        "代码中含有空格、连字符或不可见字符{propose}",
        "the code holds spaces, hyphens or invisible characters{propose}",
    ),
    "code-lower-case": ("代码含有小写字母{propose}", "the code holds lower case{propose}"),
    "code-letter": (
        "统一社会信用代码不含字母 I、O、S、V、Z，可能与 1、0、5、U、2 混淆{propose}",
        (
            "a unified social credit code has no I, O, S, V, Z; perhaps 1, 0, 5, U, 2 is meant"
            "{propose}"
        ),
    ),
    "code-old-number": (
        "这是 15 位旧注册号；请改填 18 位统一社会信用代码",
        "this is an old registration number of 15 digits; enter the code of 18",
    ),
    "code-length": (
        "统一社会信用代码应为 18 位，实有 {got} 位",
        "a unified social credit code has 18 places, this one has {got}",
    ),
    "code-malformed": (
        "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z），第 3 至 8 位为数字",
        (
            "a unified social credit code has 18 digits or capitals, without I, O, S, V, Z, and "
            "digits in places 3 to 8"
        ),
    ),
    "code-of-own-malformed": (
        "代码应为 1 至 64 位字母、数字或 . _ : -",
        "a code of one's own has 1 to 64 letters, digits or . _ : -",
    ),
    "code-check-digit": (
        "统一社会信用代码校验位不符；请与营业执照核对",
        "the check digit of the code is wrong; compare it with the licence",
    ),
    "code-duplicate": (
        "代码与第 {first} 行重复；请只保留一行",
        "the code stands in row {first} already; keep one of them",
    ),
}

_FIELDS: dict[str, tuple[str, str]] = {
    "name-missing": ("缺少名称", "the name is missing"),
    "name-malformed": (
        "名称超过 200 字，或含有控制字符、换行、不可见字符；请重新填写",
        (
            "the name is longer than 200 characters, or holds a control or invisible character; enter "
            "it again"
        ),
    ),
    "text-malformed": (
        "内容超过 {limit} 字，或含有控制字符、不可见字符；请重新填写",
        (
            "the text is longer than {limit} characters, or holds a control or invisible character; "
            "enter it again"
        ),
    ),
    "value-unknown": ("只能取：{allowed}", "one of: {allowed}"),
    "region-missing": ("缺少行政区划代码", "the region is missing"),
    "region-malformed": (
        "行政区划代码应为 6 位数字（GB/T 2260）",
        "a region is a code of 6 digits (GB/T 2260)",
    ),
    "region-unknown": (
        "行政区划代码不在 GB/T 2260 代码表中{propose}",
        "the region is not in the table of GB/T 2260{propose}",
    ),
    "region-retired": (
        "行政区划代码已停用{propose}",
        "the code of the region is no longer in force{propose}",
    ),
    "industry-malformed": (
        "行业代码应为门类字母 A 至 T，或 2 至 4 位数字（GB/T 4754）{propose}",
        "an industry is a letter A to T, or 2 to 4 digits (GB/T 4754){propose}",
    ),
    "industry-unknown": (
        "行业代码不在 GB/T 4754 代码表中{propose}",
        "the industry is not in the table of GB/T 4754{propose}",
    ),
    "industry-retired": (
        "行业代码已停用{propose}",
        "the code of the industry is no longer in force{propose}",
    ),
    "tag-malformed": (
        "标签应为 1 至 {limit} 字，不得含有控制字符、换行、不可见字符；多个标签用分号隔开",
        (
            "a tag has 1 to {limit} characters, none of them a control or invisible one; put semicolons "
            "between tags"
        ),
    ),
    "tags-too-many": (
        "一个检查对象最多有 {limit} 个标签；请减少标签",
        "an object has {limit} tags at most; leave some out",
    ),
    "number-malformed": (
        "数量应为 0 至 {limit} 的整数，不带逗号和单位",
        "a number is 0 to {limit}, without commas or units",
    ),
    "days-reversed": (
        "统计截止日期早于起始日期；请核对两个日期",
        "the count ends before it begins; check both days",
    ),
    "directory-malformed": (
        "专项库代码应为 1 至 64 位字母、数字或 . _ -；请填写已登记的专项库代码",
        (
            "the code of a special directory has 1 to 64 letters, digits or . _ -; enter that of a "
            "recorded one"
        ),
    ),
    "date-missing": ("缺少日期；请填写 YYYY-MM-DD", "the day is missing; enter YYYY-MM-DD"),
    "date-malformed": (
        "日期应写作 YYYY-MM-DD，且是真实存在的日期{propose}",
        "a date is written YYYY-MM-DD and must exist{propose}",
    ),
}

TEXTS: dict[str, tuple[str, str]] = {
    **_FILES,
    **_ARCHIVES,
    **_ENCODINGS,
    **_TABLES,
    **_CODES,
    **_FIELDS,
}
