# Serves the page, where nothing better is found: ruby serve.rb FOLDER. The Ruby that macOS comes with brings WEBrick, the
# server, along; newer ones do not.

require "webrick"

folder = ARGV[0]
abort "#{folder} holds no index.html, so it is no site." unless folder && File.file?(File.join(folder, "index.html"))

TYPES = WEBrick::HTTPUtils::DefaultMimeTypes.merge(
  "js" => "text/javascript", "mjs" => "text/javascript", "json" => "application/json", "svg" => "image/svg+xml",
  "wasm" => "application/wasm", "webmanifest" => "application/manifest+json"
)

# The files of a folder and no lists of it, with the headers that browsers give threads for.
class Files < WEBrick::HTTPServlet::FileHandler
  def service(request, response)
    super
  ensure
    response["Cross-Origin-Opener-Policy"] = "same-origin"
    response["Cross-Origin-Embedder-Policy"] = "require-corp"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-cache"
  end
end

# The first of the usual ports that is free.
server = nil
(8765..8784).each do |port|
  begin
    server = WEBrick::HTTPServer.new(
      Port: port, BindAddress: "127.0.0.1", MimeTypes: TYPES, AccessLog: [], Logger: WEBrick::Log.new(File::NULL)
    )
    break
  rescue Errno::EADDRINUSE
    next
  end
end
abort "No port from 8765 to 8784 is free." unless server

server.mount("/", Files, folder, FancyIndexing: false)
address = "http://localhost:#{server.config[:Port]}/"
puts "On this computer: #{address}", "Close this window, or press Ctrl+C, to end."
$stdout.flush
system("open", address) if ARGV.include?("--open")
trap("INT") { server.shutdown }
server.start
