{{- define "http-gateway.fullname" -}}
{{ .Values.main_app.name }}-{{ .Release.Name }}
{{- end -}}

{{- define "http-gateway.selector" -}}
app: {{ .Values.main_app.name }}
release: {{ .Release.Name }}
{{- end -}}

{{- define "http-gateway.labels" -}}
{{ include "http-gateway.selector" . }}
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
heritage: {{ .Release.Service }}
{{- end -}}
