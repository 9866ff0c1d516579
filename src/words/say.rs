//! Every sentence by name, with the names of what it is filled in with: a function for each, whose text is the language's.
//! A text that stands by itself is a `&'static str`; one with braces is made of what it is given, which cannot be left out.
//! The files of the languages have the same names in the same order; the build looks at that (`check`).

use std::fmt::Display;

use super::{
    check::{self, Sentence},
    language::{filled, sentence},
};

macro_rules! function {
    ($group:ident $key:ident) => {
        #[doc = concat!("`", stringify!($group), ".", stringify!($key), "` in the languages' files.")]
        pub fn $key() -> &'static str {
            const PLACE: usize = check::place(DECLARED, stringify!($group), stringify!($key));
            sentence(PLACE)
        }
    };
    ($group:ident $key:ident $($name:ident)+) => {
        #[doc = concat!("`", stringify!($group), ".", stringify!($key), "` in the languages' files.")]
        #[allow(clippy::too_many_arguments, reason = "as many as the sentence has")]
        pub fn $key($($name: &dyn Display),+) -> String {
            const PLACE: usize = check::place(DECLARED, stringify!($group), stringify!($key));
            filled(PLACE, concat!($(stringify!($name), " "),+), &[$($name),+])
        }
    };
}

macro_rules! sentences {
    ($($(#[$about:meta])* $group:ident { $($key:ident $(($($name:ident),+))?),* $(,)? })*) => {
        pub(super) const DECLARED: &[Sentence] = &[$($(Sentence {
            group: stringify!($group),
            key: stringify!($key),
            names: concat!($($(stringify!($name), " "),+)?),
        }),*),*];

        $($(#[$about])* pub mod $group {
            #[allow(unused_imports, reason = "not every group is filled in")]
            use super::*;

            $(function! { $group $key $($($name)+)? })*
        })*
    };
}

sentences! {
    /// The page before its program is there: start.js has these sentences from the build.
    start {
        title, description, starting, reload, as_a_file, in_a_sandbox, old_browser(browsers), file_is_missing(file),
        file_is_a_page(file), file_is_unreachable(file, reason), cannot_start(reason), status(status),
    }
    /// How texts are put together.
    joints {
        listed(list, next), alternatives(list, next), sentences(first, second), quoted(text), and_more(list, more),
        megabytes(number), none,
    }
    /// Names of controls, states, and alerts that name nothing.
    labels {
        paper, neuron, neurons, search, branch_label, all_kinds, no_such_neuron, run, pause, resume, step, stop, save,
        small_pack, exact, saved_size, copy_link, cancel, dismiss, more, reset, number_seed, number_steps,
        number_first_rate, number_last_rate, number_decay, number_clip, number_pull, number_noise, number_jitter,
        number_rescale, clip, start_label, compare, compare_no_more, go_to, layer_label, show_layer, close, position,
        position_centre, position_mean, seeds, pack_label, classifier, engine_label, start_noise, start_zeros,
        start_mean, start_near_mean, start_mean_image, start_image, start_last, preset_default, preset_no_clipping,
        preset_architecture, preset_picture, preset, no_preset, prior_label, beside, units, add_unit, adding, remove,
        open_picture, camera, shoot, sample_cat, sample_coffee, stays_here, my_picture, its_code, picture_chosen,
        no_picture_chosen, choose_a_picture, save_more, save_animation, save_code, save_sheet, animating, whose, rank,
        rank_explained, rank_files, rank_folder, rank_later, empty_folder, rank_again, no_neuron, examples_label,
        receptive_field, row, column, one_position, engine_auto, engine_cpu, engine_webgpu, activation, guesses,
        this_neuron, loading_bar, empty_frame, no_picture, whole_page, beforehand, drawn_beforehand(neuron), atlas,
        atlas_of_some(count, units), show_drawn(count),
        opening, loading, preparing, cancelled, restored, copied,
        not_copied, link, saved, not_saved, nobody_to_ask, not_answered, engine_stopped, renewed, no_engine,
        run_failed,
    }
    /// What the page says of its runs. What stands at {paper} is a link with the paper's name.
    page {
        intro(paper), intro_to(count, classifier, paper), against(times, reference),
        layer_in_short(name, units, height, width), layer_convolutional(name, units, height, width),
        layer_connected(name, units), layer_output(name, units), layer_of(layer, network), branch(name, count),
        enlarged_not, enlarged(factor), left_one, left_many(count), explained_pixels, explained_one, explained_several,
        at_own_size(width, height), running(neuron), paused(neuron), stopped(neuron), finished(first, last),
        picked(neuron), saving_data(size), window_title(neuron, title), picture(neuron, step, steps, activation),
        picture_beside(neuron, lane, step, steps, activation), seed(seed), random_code, neuron_of(network),
        random_code_explained, other_classifier_explained, guess(class, percent), excites(neuron, activation),
        weight_of(neuron), too_many_pictures(most), looking_through(found), blur, alpha_norm, total_variation, jitter,
        natural_patches, centre_bias, learned_generator, no_prior, verdict(judge, guess), blur_explained,
        alpha_norm_explained, total_variation_explained, jitter_explained, patches_explained, centre_bias_explained,
        generator_explained, no_prior_explained, curve(steps, first, last), curve_empty, counter(step, steps),
        arrived(loaded, total), on_webgpu(hardware), on_cpu(hardware), with_speed(engine, rate), asked_for,
        faster_than_processor(took, other), faster_than_webgpu(took, adapter, other), trial_failed(adapter),
        trial_endless(adapter), lost_in_run(adapter), compiled, compiled_partly(why), compiled_not(why), no_webgpu,
        insecure, no_adapter, silent_adapter(seconds), imitated_adapter(adapter), refused_adapter(reason),
        silent_device(adapter, seconds), percent(number), next_to_nothing, unit(index), numbered_class(number),
        detail_output(id, index, network), detail_unit(layer, index, network),
        detail_place(layer, row, column, index, network), detail_mean(layer, index, network),
        detail_several(count, network), spoken(name, id),
    }
    /// Pictures that a person brings.
    pictures {
        cameras_picture, camera_asked, camera_starts, camera_ended, camera_unseen, camera_empty, camera_in_use,
        camera_refused, camera_missing, camera_unfit, camera_insecure, camera_unknown, no_picture_yet, start_stays,
        picture_too_early, reading(name), runs_once_read(name), chosen_without_run(name), still_starts_from(name),
        file_is_gone(name), file_is_empty(name), picture_is_too_large(name, width, height, most),
        picture_is_a_drawing(name), picture_is_heic(name), picture_is_broken(name), picture_is_broken_or_large(name),
        not_a_picture(name), ranking(done, total), ranked(ranked), unread_one(name), unread_some(count, names),
        unread_many(count, names, more), stamp_is_damaged, stamp_is_empty, stamp_is_too_long(size, most),
        stamp_is_no_run, no_run(name, what, more, start), refused_file(name, problem), pack_is_not_here(name, pack),
        pack_does_not_open(name, pack, problem), made_with_other_pack(name, pack), open_pack(pack),
    }
    /// Networks that a visitor brings.
    own {
        own_networks, own_network_explained, open_network, open_pack_folder, no_pack, several_packs, lacks_file(file),
        other_file(file, found, wanted), network_too_early, reading_network, keeping_network, image_size, read_so,
        output, choose_output, pixels, pixels_imagenet, pixels_signed, pixels_unit, pixels_bytes, blue_first,
        class_names, by_number, as_file_says, open_list, no_list, what_it_sees, seen_later, seen_soon,
        no_room_to_check, ended_while_checked, keep(size), look_into_it, use_network(title), use_again, delete_button,
        delete(title), not_deleted, network_too_large, kept(size), kept_for_now(size), kept_misfit(kept),
        found(units, layers, weights, width, height), found_as(name, found), millions(number), softmax_left_out,
        output_averaged, network_is_not_here(name, room), another_than_linked, unkept_none, unkept_full, unkept_busy,
        used_without, does_not_fit(problem), importer_missing, importer_lacks(file), importer_page(file),
        importer_status(file, status), importer_unreachable(file, reason), importer_fault, as_in(title),
    }
    /// What is kept for use without a network.
    offline {
        offline, offline_starts, page_is_kept, whole(pack), partly(pack, missing), kept_in_all(size), keep(size),
        keeping(loaded, total), remove_offline, is_off, allow_offline, insecure, no_such_thing, not_installed, no_room,
        unreachable(file), missing(file), other_file(file), new_version,
    }
    /// Lessons, and the teacher's window.
    lessons {
        lessons, lessons_explained, minutes(number), back, next, what_to_see, right, wrong, teachers_window, open_page,
        print, notes, next_step, steps, all_lessons, answers, no_lesson(name), unreadable(address, reason),
        steps_misfit(name, most), method, method_page,
    }
    /// The notebook of kept pictures.
    notebook {
        notebook, explained, keep, is_kept, empty(keep, save), title, size(count, size), picture(neuron),
        facts(activation, step, steps), made(pack, date), draw_again, draw(neuron), note(neuron), deleted(neuron), undo,
        only_here, export, exported, exported_without(count), not_exported, print, full(most), refused, no_room,
    }
    /// Where something is wrong with an address, a value or a file.
    problems {
        digest(file), page_here(file), page_at(file, place), lost(reason), unread(reason), no_worker(browsers),
        engine_lacks(file), engine_page(file), engine_unreachable(file, reason), engine_broken(reason), engine_fault,
        other_pack(name, default, problem), refused(problem), unknown(keys), wrong_setting(more, problem),
        missing(address), unreachable(address, reason), a_page_instead(address), too_large(address, limit),
        unusable(address, reason), no_graphics(lack), out_of_memory(less), too_much_memory(needed, most, less),
        no_room_to_judge(judge), fewer_pictures(pictures, seeds, more), smaller_networks(link), less_for(less),
        less_for_either(fewer, smaller), least_possible,
    }
    /// What goes wrong in the engine, and on what it computes.
    engine {
        differing_steps, no_gradient(step), not_a_number(step), no_animation(reason), no_code(step), runs_differ,
        other_classifier, no_encoder, no_natural, no_image, no_last, other_last, batch_memory(needed, most), wasm_one,
        wasm_many(threads), threads_one, threads_many(threads), imitated, climbs_pixels, no_kernel(operation),
        layer_too_large, no_graphics_memory, refused_by_graphics(reason), unplanned, nameless_adapter,
    }
    /// Why a file cannot be used as a network.
    importing {
        file_gone, size_in_options, size_in_fields, output_in_options, output_in_fields, names_misfit(found, wanted),
        names_unreadable, no_name(place), too_much_to_say, unusable_weights(reason), content_kind(name),
        content_no_norm(name), content_missing(name), content_channels(norm, name, channels), content_no_layer(name),
        content_not_numbers(name), content_large(name), large(found, most), damaged(reason), opset(found),
        external(array), array(name, flaw), input(name, sides), inputs(found), any_size(how), fixed_size(side),
        no_outputs, outputs(names, how), no_output(name), no_features(name, channels, height, width, how),
        unknown_operations(operations), usable_in_options(last), usable_in_fields, no_network(reason), array_negative,
        array_large, array_kind(kind), array_values(found, wanted), array_not_numbers, operation(operation, node),
        operation_because(operation, node, why), form_domain(domain), form_attribute(name), form_not_constant(what),
        form_on_constants, form_image, form_reads, form_order, form_rank, form_channels, form_padding, form_sizes,
        form_batch, form_not_finite, form_misfit(misfit),
    }
    /// Why a state dict is no network that is known.
    state_dict {
        as_onnx, broken(reason), unknown_arrays(arrays), named_array(name, shape), missing_array(family, name),
        superfluous_arrays(family, names), array_shape(family, name, found, wanted), array_numbers(name, found),
        too_many_values, archive_short, archive_damaged, no_pickle, compressed, big_endian, instruction(code),
        pickle_damaged, instructions, storage,
    }
    /// Why files of Caffe's make no network.
    caffe {
        weights_damaged(reason), definition(line, why), text_letter, text_end, text_deep, text_long, no_layers,
        too_many_layers(found), no_arrays(layer, wanted), arrays(found, layer, wanted),
        array_sides(layer, found, wanted), mean, code(found), image(rows, columns, channels, height, width),
    }
    /// What is wrong with a file of Protocol Buffers, for the middle of a sentence.
    damage {
        cut_short, too_many_parts, too_deep, no_graph, no_opset,
    }
    /// Why there is no network, for the middle of a sentence.
    nets {
        layers(found, most), lost_block(block, convolution), lost_pooling(convolution), pooled(convolution),
        transposed(convolution), reads_no_code(shape, most), draws_no_image(shape, most), sees_no_image(shape, most),
        too_many_units(found, most), last_layer, positions(layer), no_nodes, too_many_nodes(found, most),
        node_name(start, most), two_nodes(name), reads_missing(node, input), circle(node, input), view(found, wanted),
        not_computed(node, misfit), parameters(most, node), activations(most, node), windows(node, most),
        or_more(least), inputs_misfit(found, wanted), groups(groups, channels), kernel(input), padding,
        shapes(first, second), reshape(from, to), constants(found, channels), large_result, weights_missing(name),
        weights_shape(name, found, wanted), weights_left(names), number(field, found, bound), range(least, most),
        up_to(most), finite, positive, above_low, below_stride,
    }
    /// Why a pack cannot be used.
    packs {
        not_found(file, place), size(file, found, wanted), weights_format(file, reason), weights_misfit(file, reason),
        unreadable(file, place, reason), no_format, format(found, most), misfit(pack, defect), defaults(pack, problem),
        cannot_be_read(reason), no_scale(name), scale(name, found, wanted), no_shape(name), bits(name, bytes, shape),
        kind(name, found), no_images, has_no(name), does_not_fit(name), text_empty, text_too_long(found, most),
        text_unprintable, pack_name, text(field, flaw), generator(reason), image(drawn, stated),
        classifiers(found, most), classifier(name, defect), two_classifiers(name), two_of_file(file),
        encoder(encoder, layer, code), file_name(start), file_size(file, bytes, most), file_digest(file),
        classifier_name, view_uneven, view_kind, view_idle, view_stretches(height, width), view_makes(shape),
        view_misfit(misfit), preprocessing, classes(wanted, found), class(number, defect), names(field, found, most),
        name(field, flaw), slash, sheets(found, most), sheet(file), two_classes(id),
    }
    /// Why a run cannot be what was asked for, and what would be right.
    spec {
        first_rate, last_rate, range(name, value, low, high), not_a_number(name, value),
        decimal_comma(problem, whole, rest), choice(name, value, choices), repeated(name), unit_count(most, found),
        zero_weight(unit), unit_syntax(text),
        other_pack(wanted, have), pack_name(name), image_name(name), unknown_classifier(name, have),
        unknown_layer(name, classifier, have), seeds(found), compare, no_code, jitter_of_pixels, no_mean,
        no_natural(pack), no_mean_image, unit_numbers(last), unit_nameless(last), unit_of_no_name, unit_meant(names),
        unknown_unit(unit, layer, help), ambiguous_unit(unit, matches), position_outside(unit, rows, columns),
        no_positions(unit),
    }
}
