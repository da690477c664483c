package ndr

import (
	"strings"
)

// coremail reads QQ Mail, Tencent Exmail, NetEase (163, 126, yeah.net), Sina,
// Aliyun and Coremail where they write Chinese: labelled lines or table cells
// with the recipient and the reason, or a sentence that ends in the address.
// Parts in English follow Postfix or qmail, whose decoders come first.
var coremail = decoder{
	format: "coremail",
	marks: []string{
		"退信原因", "退信说明", "退信提示", "退信通知", "系统退信", "收件人", "无法发送到", "无法投递", "被退回", "投递失败", "未能发送到", "无法送达", "發送失敗", "無法投遞", "無法傳送", "收信人", "this is the deliver program at",
	},
	read: readCoremail,
}

var coremailLabels = labelled{
	recipient: []string{"收件人", "收件人地址", "收件人邮箱", "收信人", "收件者", "无法发送到", "无法投递到", "目的地址", "recipient", "recipients"},
	reason:    []string{"退信原因", "失败原因", "错误原因", "退信代码", "退信信息", "错误信息", "出错信息", "英文说明", "退信提示", "服务器返回", "服务器返回信息", "对方服务器返回", "原因", "退信說明", "reason", "error"},
	other:     []string{"建议解决方案", "解决方案", "解决办法", "主题", "时间", "发件人", "发送时间", "中文说明", "建议", "subject", "date"},
}

var coremailList = listing{
	begin: []string{"following addresses", "以下地址", "下列地址", "以下收件人", "下列收件人", "以下的地址", "无法发送到", "无法投递到", "未能发送到", "发送到"},
	end:   []string{"--- ", "原邮件", "原始邮件"},
}

func readCoremail(m *Mail) (Report, bool) {
	text := coremailSpaces.Replace(m.Text)
	failures := coremailLabels.read(text)
	if len(failures) == 0 {
		failures = coremailList.read(text)
	}
	kept := failures[:0]
	seen := make(map[string]bool, len(failures))
	for _, f := range failures {
		if key := strings.ToLower(f.Recipient); !seen[key] {
			seen[key] = true
			f.prefixed()
			kept = append(kept, f)
		}
	}
	return settle(m, kept)
}

// coremailSpaces closes the gaps that labels are spread with.
var coremailSpaces = strings.NewReplacer("收 件 人", "收件人", "收　件　人", "收件人", "主 题", "主题", "时 间", "时间", "主　题", "主题", "时　间", "时间", "发 件 人", "发件人")
